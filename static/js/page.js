// Small conveniences; every page works without them.
(() => {
  const root = document.documentElement;
  const panel = document.getElementById("panel");
  let opener = null;

  const storeTheme = (choice) => {
    try {
      if (choice) localStorage.setItem("theme", choice);
      else localStorage.removeItem("theme");
    } catch {
      // The choice holds for this page only.
    }
    if (choice) root.dataset.theme = choice;
    else delete root.dataset.theme;
    showTheme();
  };

  const showTheme = () => {
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      const pressed = button.dataset.themeChoice === (root.dataset.theme || "");
      button.setAttribute("aria-pressed", String(pressed));
    }
  };

  const closePanel = () => {
    panel.replaceChildren();
    opener?.focus();
    opener = null;
  };

  const copy = async (button) => {
    await navigator.clipboard.writeText(button.parentElement.querySelector("pre").textContent.trim());
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  };

  for (const element of document.querySelectorAll("[data-script-only]")) element.hidden = false;
  for (const button of document.querySelectorAll("[data-script-replaces]")) button.hidden = true;
  showTheme();

  // Where the menu is wider than the screen, the page that is open is in sight.
  const here = document.querySelector(".menu [aria-current]");
  if (here) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft;

  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-theme-choice]");
    if (chosen) storeTheme(chosen.dataset.themeChoice);
    const copied = event.target.closest("[data-copy]");
    if (copied) copy(copied);
    if (event.target.closest("[data-tick-all]")) {
      for (const box of event.target.form.querySelectorAll("[type=checkbox]")) box.checked = true;
    }
    if (event.target.closest("[data-close]")) {
      event.preventDefault();
      closePanel();
    }
    for (const box of document.querySelectorAll("details.you[open], .filters details[open]")) {
      if (!box.contains(event.target)) box.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel?.hasChildNodes()) closePanel();
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    const search = document.querySelector(".search [type=search]");
    if (event.key === "/" && search && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.select();
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches(".filters select")) event.target.form.requestSubmit();
  });

  // An address that names a folded part opens it.
  const openNamed = () => {
    const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (named instanceof HTMLDetailsElement) named.open = true;
  };
  addEventListener("hashchange", openNamed);
  openNamed();

  document.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.elt.href) opener = event.detail.elt; });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === panel) panel.querySelector("h2")?.focus();
  });
  // A panel that can't be filled (signed out, server away) becomes a plain visit, which says why.
  // What looks again by itself just looks again.
  const visit = (event) => { if (event.detail.elt.href) location.href = event.detail.elt.href; };
  document.addEventListener("htmx:responseError", visit);
  document.addEventListener("htmx:sendError", visit);
})();
