// Manners of lists. Each one only improves what already works without scripts.
"use strict";
(() => {
  const sheet = document.getElementById("sheet");

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
