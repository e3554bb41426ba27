// Runs before the page is painted, so that somebody who has not logged in sees the theme last chosen on this device.
// A user's own choice is already on <html> when the page arrives.
"use strict";
(() => {
  const root = document.documentElement;
  const KEY = "meridian-theme";
  const remember = (theme) => {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Storage can be forbidden; then the device's theme is shown before login.
    }
  };
  const remembered = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };

  if (root.dataset.theme === "unknown") root.dataset.theme = remembered() || "system";
  else remember(root.dataset.theme);

  // Switches at once and saves in the background; without scripts the form posts and the page loads again.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-switch]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const theme = event.submitter.value;
    root.dataset.theme = theme;
    remember(theme);
    for (const button of form.elements) {
      if (button.name === "theme") button.setAttribute("aria-pressed", String(button === event.submitter));
    }
    document.dispatchEvent(new CustomEvent("themechange", { detail: theme }));
    const body = new FormData(form, event.submitter);
    fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => form.submit());
  });
})();
