// Small manners of every page. Each one only improves what already works without scripts.
"use strict";
(() => {
  // Menus close on Escape, with the focus back on what opened them, and on a press elsewhere.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest?.("details.menu[open]") || document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  // One that would leave the screen ends where its button ends.
  document.addEventListener(
    "toggle",
    (event) => {
      const panel = event.target.matches?.("details.menu[open]") && event.target.querySelector(".menu-panel");
      if (!panel) return;
      const room = document.documentElement.clientWidth;
      if (panel.getBoundingClientRect().right > room) event.target.classList.add("end");
    },
    true, // it does not bubble
  );

  // The thin line at the top while a fragment is fetched; not for those that fetch themselves again and again.
  const isQuiet = (element) => /every|load|revealed|intersect/.test(element.getAttribute("hx-trigger") || "");
  let underWay = 0;
  const count = (change) => {
    underWay = Math.max(0, underWay + change);
    document.documentElement.toggleAttribute("data-working", underWay > 0);
  };
  document.addEventListener("htmx:beforeSend", (event) => isQuiet(event.target) || count(1));
  document.addEventListener("htmx:afterRequest", (event) => isQuiet(event.target) || count(-1));

  // From elsewhere the way to a list leads to it as it was left; on the list itself it leads to its beginning. What
  // somebody else looked for in this tab is forgotten.
  const { user } = document.body.dataset;
  try {
    for (const key of Object.keys(sessionStorage).filter((each) => each.startsWith("meridian-list:"))) {
      const path = key.slice(key.indexOf("/"));
      if (user && !key.startsWith(`meridian-list:${user}:`)) sessionStorage.removeItem(key);
      else if (path !== location.pathname) {
        for (const link of document.querySelectorAll(`nav a[href="${path}"]`)) link.search = sessionStorage.getItem(key);
      }
    }
  } catch { /* storage can be forbidden; then each list opens at its beginning */ }
})();
