// Puts the stored choice of light or dark in place before the page is painted.
(() => {
  const root = document.documentElement;
  root.classList.remove("no-script");
  try {
    const stored = localStorage.getItem("theme");
    if (stored === "light" || stored === "dark") root.dataset.theme = stored;
  } catch {
    // Storage may be forbidden; the system's choice holds then.
  }
})();
