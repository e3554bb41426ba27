// Ticking rows of the customer list: the box above them ticks the page, Shift ticks from the last one to this one.
// Without this script the same boxes say the same to the server.
"use strict";
(() => {
  const rows = () => [...document.querySelectorAll("input[name=customer][form=bulk]")];
  const page = () => document.querySelector("input[name=page][form=bulk]");
  let last = null;

  const tell = () => {
    const boxes = rows();
    const ticked = boxes.filter((box) => box.checked).length;
    const people = new Set(boxes.filter((box) => box.checked).map((box) => box.value)).size; // one may stand in two groups
    const whole = page();
    if (whole) {
      whole.checked = ticked > 0 && ticked === boxes.length;
      whole.indeterminate = ticked > 0 && ticked < boxes.length;
    }
    const said = document.querySelector("#bulk [data-chosen]");
    const all = document.querySelector("#bulk [name=all]");
    if (said) said.textContent = ticked && !all.checked ? `${said.dataset.some} ${people}` : "";
  };

  document.addEventListener("click", (event) => {
    const box = event.target;
    if (!box.matches?.("input[name=customer][form=bulk]")) return;
    const boxes = rows();
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) for (const each of boxes.slice(from, to + 1)) each.checked = box.checked;
    last = box;
  });
  document.addEventListener("change", (event) => {
    if (event.target === page()) for (const box of rows()) box.checked = event.target.checked;
    if (event.target.form?.id === "bulk") tell();
  });
  document.addEventListener("htmx:afterSettle", tell);
  window.addEventListener("pageshow", tell);
})();
