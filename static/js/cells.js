// Cells of the customer list, edited where they stand. A click, Enter or F2 opens the form of the field in the cell;
// Enter saves, Escape leaves, Tab saves and goes on to the next; arrows go from cell to cell. Without this script a cell leads to the field's page.
"use strict";
(() => {
  const LINK = "a[data-cell]";
  let before = null; // what stood in the cell whose form is open
  let next = 0; // which way to go on once it is saved

  const links = () => [...document.querySelectorAll(`#results ${LINK}, #results [data-cell-form]`)];
  const openForm = () => document.querySelector("[data-cell-form]");
  const addressOf = (link) => link.getAttribute("href").replace(/fields\/[^/]*\/$/, `cells/${link.dataset.cell}/`);

  const open = (link) => {
    const form = openForm();
    if (form?.hasAttribute("data-changed")) return form.requestSubmit();
    if (form) leave(form);
    const cell = link.closest("td");
    before = cell;
    htmx.ajax("GET", addressOf(link), { target: cell, swap: "outerHTML", source: cell });
  };

  // Back to what stood there; after a conflict that is no longer true, and the dialog's own button asks for it.
  const leave = (form) => {
    const keep = form.querySelector("dialog [data-cancel]");
    if (keep) return keep.click();
    const cell = form.closest("td");
    form.dispatchEvent(new CustomEvent("draft-left", { bubbles: true }));
    if (!before) {
      return htmx.ajax("GET", form.dataset.shown, { target: cell, swap: "outerHTML", source: cell });
    }
    cell.replaceWith(before);
    const link = before.querySelector(LINK);
    before = null;
    link?.focus();
    return link;
  };

  const goOn = (place, step) => {
    const all = links();
    const link = all[all.indexOf(place) + step];
    if (link?.matches(LINK)) open(link);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(LINK);
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(link);
    }
    const button = event.target.closest?.("[data-cell-form] [data-leave]");
    if (button) leave(button.closest("form"));
  });

  const inForm = (event, form) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      leave(form);
    } else if (event.key === "Enter" && !event.target.matches("textarea, button")) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Tab" && !form.querySelector("dialog") && isAtEdge(event, form)) {
      event.preventDefault();
      const step = event.shiftKey ? -1 : 1;
      if (form.hasAttribute("data-changed")) {
        next = step;
        form.requestSubmit();
      } else {
        goOn(leave(form), step);
      }
    }
  };

  // Within a form of several boxes Tab walks through them first.
  const isAtEdge = (event, form) => {
    const fields = [...form.querySelectorAll("input:not([type=hidden]), select, textarea")];
    return event.target === (event.shiftKey ? fields[0] : fields.at(-1));
  };

  // What has the focus in a cell: its box, its way to the customer, or its way to the form.
  const stop = (cell) => cell?.querySelector("input[type=checkbox], a:not(.pencil), a");
  const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 };
  const neighbour = (cell, key) => {
    const rows = [...document.querySelectorAll("#results tbody tr:has(> td)")];
    const isAcross = key === "ArrowLeft" || key === "ArrowRight";
    const way = isAcross ? [...cell.parentElement.cells] : rows.map((row) => row.cells[cell.cellIndex]);
    for (let at = way.indexOf(cell) + STEPS[key]; way[at]; at += STEPS[key]) if (stop(way[at])) return stop(way[at]);
    return null;
  };
  const isToEdit = ({ key }) => key === "F2" || (key === "e" && "singleKeys" in document.documentElement.dataset);

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.isComposing) return;
      const form = event.target.closest?.("[data-cell-form]");
      if (form) return inForm(event, form);
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      const cell = event.target.closest?.("#results tbody td");
      const link = cell && isToEdit(event) && (cell.querySelector(LINK) || cell.parentElement.querySelector(LINK));
      const beside = cell && neighbour(cell, event.key);
      if (!link && !beside) return;
      event.preventDefault();
      event.stopPropagation();
      if (link) return open(link);
      beside.focus({ focusVisible: true });
      beside.scrollIntoView({ block: "nearest", inline: "nearest" });
    },
    true,
  );

  document.addEventListener("draft-lost", ({ detail: address }) => {
    const link = document.querySelector("#results") && links().find((each) => each.matches(LINK) && addressOf(each) === address);
    if (link) open(link);
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const cell = event.target;
    if (!cell.matches?.("td")) return;
    if (cell.querySelector("[data-cell-form]")) {
      cell.querySelector("input:not([type=hidden]), select, textarea")?.focus();
      next = 0;
      return;
    }
    const link = cell.querySelector(LINK);
    before = null;
    if (next) goOn(link, next);
    else link?.focus();
    next = 0;
  });
})();
