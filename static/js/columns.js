// Columns of a list, resized. It only improves what the form of the columns does without scripts.
"use strict";
(() => {
  // A column is made wider or narrower at its edge, by the mouse or by the arrow keys. What came of it is sent when the
  // reader is done, so that the address says it.
  const NARROWEST = 60, WIDEST = 800, STEP = 20;
  const columnOf = (sizer) => sizer.closest("table").querySelector(`col[data-key="${CSS.escape(sizer.dataset.sizer)}"]`);
  const shown = () => {
    for (const sizer of document.querySelectorAll("[data-sizer][hidden]")) {
      sizer.hidden = false;
      sizer.setAttribute("aria-valuenow", Math.round(sizer.parentElement.offsetWidth));
    }
  };
  // Until somebody sets a width, columns are as wide as what stands in them: from then on as wide as they were.
  const fix = (table) => {
    if (table.classList.contains("sized")) return;
    // Rounded up: half a pixel less breaks a word.
    const headings = [...table.tHead.rows[0].cells].map((heading) => Math.ceil(heading.getBoundingClientRect().width));
    table.querySelectorAll("col").forEach((column, place) => { column.width = headings[place]; });
    table.classList.add("sized");
  };
  const size = (sizer, width) => {
    fix(sizer.closest("table"));
    const wanted = Math.min(Math.max(Math.round(width), NARROWEST), WIDEST);
    columnOf(sizer).width = wanted;
    sizer.setAttribute("aria-valuenow", wanted);
  };
  const send = (table) => {
    const form = document.querySelector("[data-sizes]");
    const columns = [...table.querySelectorAll("col[data-key]")];
    form.elements.columns.value = columns.map((column) => `${column.dataset.key}:${column.width}`).join(",");
    form.requestSubmit();
  };
  let waiting;
  document.addEventListener("keydown", (event) => {
    const sizer = event.target.closest?.("[data-sizer]");
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!sizer || !way) return;
    event.preventDefault();
    size(sizer, sizer.parentElement.offsetWidth + way * STEP);
    clearTimeout(waiting);
    waiting = setTimeout(() => send(sizer.closest("table")), 500);
  });
  document.addEventListener("pointerdown", (event) => {
    const sizer = event.target.closest?.("[data-sizer]");
    if (!sizer) return;
    event.preventDefault();
    const start = event.clientX, width = sizer.parentElement.offsetWidth;
    sizer.setPointerCapture(event.pointerId);
    const drag = (moved) => size(sizer, width + moved.clientX - start);
    sizer.addEventListener("pointermove", drag);
    sizer.addEventListener("lostpointercapture", () => {
      sizer.removeEventListener("pointermove", drag);
      if (sizer.isConnected) send(sizer.closest("table"));
    }, { once: true });
  });
  // What is sent comes back as another table: the edge that somebody is at stays theirs.
  let heldEdge = "";
  document.addEventListener("htmx:beforeSwap", () => { heldEdge = document.activeElement?.dataset.sizer || ""; });
  document.addEventListener("htmx:afterSettle", () => {
    shown();
    if (heldEdge) document.querySelector(`[data-sizer="${CSS.escape(heldEdge)}"]`)?.focus();
    heldEdge = "";
  });
  shown();
})();
