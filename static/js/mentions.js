// While a name is typed after an @ in a text that mentions colleagues, those who fit are offered. Arrows choose, Enter
// and Tab take, Escape closes. Without this script the whole name is typed.
"use strict";
(() => {
  const LONGEST = 40;
  let field = null;
  let list = null;
  let from = -1;
  let asked = 0;

  const close = () => {
    list?.remove();
    list = null;
    if (!field) return;
    field.removeAttribute("aria-controls");
    field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-expanded", "false");
  };

  // What stands between the @ and the caret, or null where nobody is being named.
  const typed = () => {
    const before = field.value.slice(0, field.selectionStart);
    const at = before.lastIndexOf("@");
    if (at < 0 || before.length - at > LONGEST || /[A-Za-z0-9._%+-]$/.test(before.slice(0, at))) return null;
    const name = before.slice(at + 1);
    if (/[\n@]/.test(name)) return null;
    from = at;
    return name;
  };

  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");

  const choose = (option) => {
    for (const each of options()) each.setAttribute("aria-selected", String(each === option));
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };

  const take = (option) => {
    field.setRangeText(`@${option.dataset.name} `, from, field.selectionStart, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    close();
    field.focus();
  };

  const show = (found) => {
    close();
    if (!found.length) return;
    list = document.createElement("div");
    list.className = "colleagues";
    list.id = "colleagues";
    list.setAttribute("role", "listbox");
    list.append(...found);
    field.after(list);
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("aria-expanded", "true");
    choose(options()[0]);
  };

  const look = async () => {
    const name = typed();
    const url = field.closest("[data-colleagues]")?.dataset.colleagues;
    const turn = ++asked;
    if (name === null || !url) return close();
    let answer;
    try {
      answer = await fetch(`${url}?q=${encodeURIComponent(name)}`, { headers: { "HX-Request": "true" } });
    } catch {
      return close();
    }
    if (!answer.ok || answer.status === 204) return close();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (turn === asked) show([...page.querySelectorAll("[role=option]")]);
  };

  document.addEventListener("input", (event) => {
    // What a script puts back is nobody's question.
    if (!event.isTrusted || !event.target.matches("[data-mentions]")) return;
    field = event.target;
    look();
  });

  document.addEventListener("keydown", (event) => {
    if (!list || event.target !== field) return;
    const every = options();
    const place = every.indexOf(chosen());
    if (event.key === "ArrowDown") choose(every[(place + 1) % every.length]);
    else if (event.key === "ArrowUp") choose(every[(place + every.length - 1) % every.length]);
    else if (event.key === "Enter" || event.key === "Tab") take(every[place]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest?.(".colleagues [role=option]");
    if (option) {
      event.preventDefault();
      take(option);
    } else if (list) close();
  });
  document.addEventListener("focusout", (event) => event.target === field && close());
})();
