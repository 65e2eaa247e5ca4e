// Before the first paint: the theme that somebody chose, and that scripts run.
(() => {
  const html = document.documentElement;
  html.classList.add("js");
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") html.dataset.theme = chosen;
  } catch {
    // Storage may be closed to files; the system's theme holds then.
  }
})();
