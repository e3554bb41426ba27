// Keys. An element declares its own: data-shortcut="e", "J", "g c" (one after the other) or "Mod+s" (Ctrl, ⌘ on a Mac);
// pressing presses the element, or goes to it where one writes in it. "?" shows those of this page. Single keys only
// where the profile has them on (<html data-single-keys>) and never while somebody writes.
"use strict";
(() => {
  const help = document.getElementById("shortcuts");
  const SEQUENCE_MS = 1200;
  const isMac = /Mac|iP/.test(navigator.platform);
  const NOT_WRITTEN_IN = "[type=checkbox], [type=radio], [type=button], [type=submit], [type=reset], [type=file]";

  const isWriting = (element) =>
    element.matches?.("input, select, textarea, [contenteditable]:not([contenteditable=false])") &&
    !element.matches(NOT_WRITTEN_IN);
  const isOpen = (element) =>
    !element.disabled && element.getAttribute("aria-disabled") !== "true" && element.getClientRects().length > 0;
  // In a dialog only its own keys count.
  const room = () => document.querySelector("dialog:modal") || document.body;
  const declared = () => [...room().querySelectorAll("[data-shortcut]")].filter(
    (element) => isOpen(element) && (room() !== document.body || !element.closest("dialog")),
  );
  const labelled = (element) => {
    const written = element.labels?.[0]?.textContent || element.textContent || element.title;
    return (element.dataset.shortcutLabel || element.getAttribute("aria-label") || written).trim().replace(/\s+/g, " ");
  };

  const press = (element) => {
    if (isWriting(element)) {
      element.focus();
      element.select?.();
    } else element.click();
  };

  // --- rows: the first link of a row has the focus, so Enter opens it without us
  const target = (row) => row.querySelector("a[data-row-link]") || row.querySelector("a[href]");
  const rows = () => [...document.querySelectorAll("main table.rows > tbody > tr, main [data-rows] > *")].filter(target);
  const here = () => document.activeElement.closest?.("table.rows > tbody > tr, [data-rows] > *");
  const walk = (step) => {
    const all = rows();
    const at = all.indexOf(here());
    const next = at < 0 ? all[step > 0 ? 0 : all.length - 1] : all[at + step];
    if (!next) return;
    target(next).focus({ focusVisible: true });
    next.scrollIntoView({ block: "nearest" });
  };
  const pick = () => here()?.querySelector("input[type=checkbox]")?.click();
  const search = () => {
    const field = document.querySelector("main [type=search]");
    if (field) press(field);
    else document.querySelector("[data-opens-palette]")?.click();
  };

  const save = () => {
    const form = document.activeElement.closest?.("form[method=post]") ||
      room().querySelector("form[data-draft], form[data-guard], main form[method=post]:has(.form-actions)");
    if (!form) return false;
    form.requestSubmit(form.querySelector("button:not([type=button], [name])") || undefined);
    return true;
  };

  const openRow = () => here() && target(here())?.click();
  const OWN = { j: () => walk(1), k: () => walk(-1), o: openRow, x: pick, "/": search, "?": () => show() };

  // --- the list of them
  const keysOf = (shortcut) => shortcut.split(" ").map((key) => {
    const mark = document.createElement("kbd");
    mark.textContent = key.replace("Mod+", isMac ? "⌘ " : "Ctrl ").replace(/^[A-Z]$/, "⇧ $&");
    return mark;
  });
  const line = (label, shortcut) => {
    const item = document.createElement("div");
    const name = document.createElement("dt");
    const keys = document.createElement("dd");
    name.textContent = label;
    keys.append(...keysOf(shortcut).flatMap((mark) => [mark, " "]));
    item.append(name, keys);
    return item;
  };
  const show = () => {
    if (!help || help.open) return;
    const of = help.querySelector("[data-of-this-page]");
    const seen = new Set();
    const lines = declared().filter(({ dataset }) => !seen.has(dataset.shortcut) && seen.add(dataset.shortcut))
      .sort((one, other) => one.dataset.shortcut.startsWith("g ") - other.dataset.shortcut.startsWith("g "))
      .map((element) => line(labelled(element), element.dataset.shortcut));
    of.replaceChildren(...lines);
    of.hidden = lines.length === 0;
    help.showModal();
  };

  let before = "";
  let forgetting = 0;
  const forget = () => {
    before = "";
    clearTimeout(forgetting);
  };

  const single = (event) => {
    if (isWriting(event.target) || !("singleKeys" in document.documentElement.dataset)) return forget();
    const shortcut = before ? `${before} ${event.key}` : event.key;
    const all = declared();
    const found = all.findLast((element) => element.dataset.shortcut === shortcut);
    const begins = !before && all.some((element) => element.dataset.shortcut.startsWith(`${shortcut} `));
    const own = !before && room() === document.body && OWN[shortcut];
    forget();
    if (!found && !begins && !own) return;
    event.preventDefault();
    if (found) press(found);
    else if (own) own();
    else {
      before = shortcut;
      forgetting = setTimeout(forget, SEQUENCE_MS);
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.repeat && !"jk".includes(event.key)) return;
    const isModified = event.ctrlKey || event.metaKey;
    if (!isModified && !event.altKey && event.key.length === 1) return single(event);
    if (!(isMac ? event.metaKey : event.ctrlKey) || event.altKey || event.shiftKey) return;
    const found = declared().findLast((element) => element.dataset.shortcut === `Mod+${event.key.toLowerCase()}`);
    if (found) {
      event.preventDefault();
      press(found);
    } else if (event.key.toLowerCase() === "s" && save()) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-opens-shortcuts]")) show();
    if (event.target === help || event.target.closest("#shortcuts [data-closes]")) help.close();
  });
  if (isMac) for (const mark of document.querySelectorAll("[data-opens-palette] kbd")) mark.textContent = "⌘ K";
})();
