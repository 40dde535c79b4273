(() => {
  const ours = "radalike-theme";
  const streamlits = `stActiveTheme-${location.pathname}-v2`;
  const light = LIGHT_COLOURS;
  const dark = DARK_COLOURS;
  const remembered = localStorage.getItem(ours) ?? '"Dark"';
  localStorage.setItem(streamlits, remembered);
  addEventListener("pagehide", () => {
    const chosen = localStorage.getItem(streamlits);
    if (chosen && chosen !== remembered) localStorage.setItem(ours, chosen);
  });
  // The themes until the server has told them, and where it is: else it is looked for below the
  // page's own address first.
  window.__streamlit = {
    LIGHT_THEME: light,
    DARK_THEME: dark,
    BACKEND_BASE_URL: location.origin,
  };
  const prefersLight = matchMedia("(prefers-color-scheme: light)").matches;
  const isLight = remembered === '"Light"' || (remembered === '"System"' && prefersLight);
  document.documentElement.style.background = (isLight ? light : dark).backgroundColor;
})();
