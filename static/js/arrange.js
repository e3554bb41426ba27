// Dragging the cards of a dashboard, or tabs, by their handles, with a mouse, a pen or a finger. The buttons of a card do the same
// for a keyboard and without scripts; where a card is dropped is sent as a form, which answers with the new order.
"use strict";
(() => {
  let dragged = null; // {card, list, pointer, before}

  const cardsOf = (list) => [...list.querySelectorAll("[data-card]")];

  const begin = (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button !== 0) return;
    event.preventDefault();
    const card = grip.closest("[data-card]");
    const list = card.closest("[data-arranges]");
    dragged = { card, list, grip, before: card.nextElementSibling, place: cardsOf(list).indexOf(card) };
    grip.setPointerCapture(event.pointerId);
    card.classList.add("dragged");
  };

  // The card takes the place of the one under the pointer: behind it on the way down, before it on the way up.
  const move = (event) => {
    if (!dragged) return;
    const { card, list } = dragged;
    const over = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-card]");
    if (!over || over === card || over.parentElement !== list) return;
    const cards = cardsOf(list);
    if (cards.indexOf(over) > cards.indexOf(card)) over.after(card);
    else over.before(card);
  };

  const end = (event) => {
    if (!dragged) return;
    const { card, list, before, place } = dragged;
    dragged = null;
    card.classList.remove("dragged");
    if (event.type !== "pointerup") {
      list.insertBefore(card, before);
      return;
    }
    const now = cardsOf(list).indexOf(card);
    if (now === place) return;
    const form = document.getElementById(list.dataset.arranges);
    form.elements.card.value = card.dataset.card;
    form.elements.place.value = now;
    form.requestSubmit();
  };

  // A removed card takes its buttons along, a chosen one its “Add”: whoever pressed them goes on at the next of them.
  const SETS = ["[data-card]", ".choices > li"];
  let pressed = null; // {set, place}
  document.addEventListener("htmx:beforeRequest", ({ target }) => {
    const set = SETS.find((each) => target.closest?.(each));
    pressed = set ? { set, place: [...document.querySelectorAll(set)].indexOf(target.closest(set)) } : null;
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!pressed || document.activeElement !== document.body) return;
    const left = [...document.querySelectorAll(pressed.set)];
    const next = left[Math.min(pressed.place, left.length - 1)];
    (next || document.getElementById("arrangement")).querySelector("button")?.focus();
    pressed = null;
  });

  document.addEventListener("pointerdown", begin);
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", end);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end(event);
  });
})();
