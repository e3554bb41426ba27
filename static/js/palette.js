// The palette: a combobox whose lines htmx fetches while one types. The focus stays in the field; the line that Enter
// opens is named by aria-activedescendant.
"use strict";
(() => {
  const palette = document.getElementById("palette");
  if (!palette) return;
  const field = document.getElementById("palette-text");
  const count = document.getElementById("palette-count");
  let isAwaited = false; // Enter was pressed before the lines for what is typed were here

  const lines = () => [...palette.querySelectorAll("[role=option]")];
  const chosen = () => palette.querySelector("[aria-selected=true]");
  const isCurrent = () => document.getElementById("palette-lines")?.dataset.text === field.value.trim();

  const choose = (line) => {
    chosen()?.setAttribute("aria-selected", "false");
    if (!line) return field.removeAttribute("aria-activedescendant");
    line.setAttribute("aria-selected", "true");
    line.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", line.id);
  };

  const move = (step) => {
    const all = lines();
    if (all.length) choose(all[(all.indexOf(chosen()) + step + all.length) % all.length]);
  };

  const open = () => {
    if (palette.open) return palette.close();
    palette.showModal();
    field.select();
    htmx.trigger(field, "palette-open");
  };

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    if (!palette.open && document.querySelector("dialog:modal")) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-opens-palette]") && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      open();
    }
    if (event.target === palette || event.target.closest("#palette [data-closes]")) palette.close();
  });

  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter") {
      if (isCurrent()) chosen()?.click();
      else isAwaited = true;
    } else return;
    event.preventDefault();
  });
  field.addEventListener("input", () => (isAwaited = false));

  palette.addEventListener("htmx:afterSwap", () => {
    const all = lines();
    choose(all[0]);
    count.textContent = all.length ? `${palette.dataset.some} ${all.length}` : palette.dataset.none;
    if (isAwaited && isCurrent()) chosen()?.click();
    isAwaited = false;
  });
  window.addEventListener("pageshow", (event) => event.persisted && palette.close());
})();
