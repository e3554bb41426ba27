// Manners of lists. Each one only improves what already works without scripts.
"use strict";
(() => {
  const sheet = document.getElementById("sheet");

  // What is fetched into the sheet opens it as a dialog; a link that leaves it closes it instead.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== sheet || sheet.open) return;
    sheet.setAttribute("aria-labelledby", "sheet-title"); // which is there only now
    sheet.showModal();
  });
  sheet?.addEventListener("click", (event) => {
    if (event.target !== sheet && !event.target.closest("[data-close]")) return;
    event.preventDefault();
    sheet.close();
  });
  sheet?.addEventListener("close", () => {
    sheet.replaceChildren();
    sheet.removeAttribute("aria-labelledby");
  });
})();
