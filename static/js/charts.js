// Draws the large charts: loads Plotly when the first comes into view, and redraws when the theme changes.
(() => {
  const script = document.querySelector("script[data-plotly]");
  const charts = [...document.querySelectorAll("[data-chart]")];
  if (!script || !charts.length) return;
  const drawn = new Set();
  let loading = null;

  const load = () => {
    loading ??= new Promise((resolve, reject) => {
      // The full bundle brings the style of its maps, which the page's policy refuses; no chart here is a map.
      const { head } = document;
      const appendChild = head.appendChild;
      head.appendChild = (node) => (node.nodeName === "STYLE" ? node : appendChild.call(head, node));
      const plotly = document.createElement("script");
      plotly.src = script.dataset.plotly;
      plotly.onload = () => { delete head.appendChild; resolve(window.Plotly); };
      plotly.onerror = (error) => { delete head.appendChild; reject(error); };
      head.append(plotly);
    });
    return loading;
  };

  // Figures name colours as "var(--accent)"; Plotly needs the value that the theme gives them.
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const coloured = (value) => {
    if (typeof value === "string" && /^var\(--[a-z0-9-]+\)$/.test(value)) {
      probe.style.color = value;
      return getComputedStyle(probe).color;
    }
    if (Array.isArray(value)) return value.map(coloured);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, coloured(inner)]));
    }
    return value;
  };

  const draw = async (chart) => {
    const figure = coloured(JSON.parse(document.getElementById(chart.dataset.chart).textContent));
    try {
      const plotly = await load();
      await plotly.react(chart, figure.data, figure.layout, { displayModeBar: false, responsive: true });
      drawn.add(chart);
    } catch {
      chart.textContent = "The chart could not be loaded; its numbers stand in the table below.";
    }
    chart.closest(".chart").classList.remove("waiting");
  };

  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watcher.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "200px" });
  for (const chart of charts) watcher.observe(chart);

  const redraw = () => { for (const chart of drawn) draw(chart); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
})();
