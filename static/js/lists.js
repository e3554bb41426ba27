// Manners of lists. Each one only improves what already works without scripts.
"use strict";
(() => {
  const sheet = document.getElementById("sheet");

  // Where it was scrolled to, for whoever comes back to the same list, and what it shows, for the way to it in the
  // navigation (ui.js).
  const PLACE = "meridian-list-place";
  const frame = () => document.querySelector("#results > .card > .scroll");
  const showTab = () => {
    const tab = document.querySelector(".tabs [aria-current]");
    const [bar, own] = [tab?.parentElement, tab?.getBoundingClientRect()];
    if (bar) bar.scrollLeft += own.left + own.width / 2 - bar.getBoundingClientRect().left - bar.clientWidth / 2;
  };
  window.addEventListener("pagehide", () => {
    try {
      sessionStorage.setItem(`meridian-list:${document.body.dataset.user}:${location.pathname}`, location.search);
      sessionStorage.setItem(PLACE, JSON.stringify([location.href, frame()?.scrollTop, frame()?.scrollLeft]));
    } catch { /* storage can be forbidden; then one begins at the top */ }
  });
  try {
    const [address, top, left] = JSON.parse(sessionStorage.getItem(PLACE) || "[]");
    if (address === location.href && document.referrer !== address) frame()?.scrollTo(left || 0, top || 0);
  } catch { /* the same */ }
  showTab();
  document.addEventListener("htmx:afterSettle", (event) => event.detail.target.id === "results" && showTab());

  // What is fetched into the sheet opens it as a dialog; a link that leaves it closes it instead.
  // An answer that comes after it was closed is too late.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const isTooLate = event.detail.target === sheet && !sheet.open && !event.detail.requestConfig.elt.isConnected;
    if (isTooLate) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target !== sheet || sheet.open) return;
    sheet.setAttribute("aria-labelledby", "sheet-title"); // which is there only now
    sheet.showModal();
  });
  // Text that is marked with the mouse may end outside: that is no press beside the sheet.
  let pressed = null;
  sheet?.addEventListener("pointerdown", (event) => (pressed = event.target));
  sheet?.addEventListener("click", (event) => {
    const isBeside = event.target === sheet && pressed === sheet;
    if (!isBeside && !event.target.closest("[data-close]")) return;
    event.preventDefault();
    sheet.close();
  });
  sheet?.addEventListener("close", () => {
    sheet.replaceChildren();
    sheet.removeAttribute("aria-labelledby");
  });
})();
