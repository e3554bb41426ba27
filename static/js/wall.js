// A dashboard on a screen that nobody touches: asked anew from time to time, and drawn anew where anything has changed. Where
// the server does not answer, the last picture stays and a line says since when.
"use strict";
(() => {
  const status = document.getElementById("wall-status");
  const words = status.dataset;
  const seconds = Number(words.seconds);
  let shown = null; // what stands there, as the server sent it
  let answeredAt = new Date();

  class Ended extends Error {}
  class Gone extends Error {}

  const clock = (when) =>
    when.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

  const ask = async (address) => {
    const response = await fetch(address, { headers: { Accept: "text/html" } });
    if (response.redirected) throw new Ended();
    if (response.status === 404) throw new Gone();
    if (!response.ok) throw new Error(`status ${response.status}`);
    return new DOMParser().parseFromString(await response.text(), "text/html");
  };

  // The cards whose figures are computed from facts, one after the other.
  const fill = async (wall) => {
    for (const place of wall.querySelectorAll("[data-fetched]")) {
      const answer = await ask(place.dataset.fetched);
      place.replaceWith(document.importNode(answer.querySelector("figure"), true));
    }
  };

  const show = async () => {
    const answer = await ask(location.href);
    const wall = document.importNode(answer.getElementById("wall"), true);
    await fill(wall);
    const before = document.getElementById("wall");
    const isAsSent = shown === null && !before.querySelector("[data-fetched]");
    if (isAsSent || (shown && wall.isEqualNode(shown))) {
      shown ??= wall;
      return;
    }
    shown = wall.cloneNode(true);
    before.replaceWith(wall);
    wall.dispatchEvent(new CustomEvent("charts:added", { bubbles: true }));
  };

  const say = (text, state) => {
    status.replaceChildren(text);
    status.dataset.state = state;
    document.getElementById("wall-login").hidden = state !== "ended";
  };

  const refresh = async () => {
    try {
      await show();
      answeredAt = new Date();
      say(words.updated.replace("{time}", clock(answeredAt)), "live");
    } catch (error) {
      if (error instanceof Ended) say(words.ended.replace("{time}", clock(answeredAt)), "ended");
      else if (error instanceof Gone) say(words.gone, "gone");
      else say(words.silent.replace("{time}", clock(answeredAt)), "silent");
    }
    setTimeout(refresh, seconds * 1000);
  };

  // Cards that do not fit are leafed through, until somebody takes hold of the page.
  const leaf = () => {
    const next = [...document.querySelectorAll("#wall .slot")].find(
      (slot) => slot.getBoundingClientRect().bottom > innerHeight + 1,
    );
    if (!next) scrollTo(0, 0);
    else if (next.getBoundingClientRect().top > 1) next.scrollIntoView();
    else scrollBy(0, innerHeight); // one that is higher than the screen
  };
  const leafing = setInterval(leaf, Number(words.leaf) * 1000);
  for (const kind of ["wheel", "touchstart", "keydown", "pointerdown"]) {
    addEventListener(kind, () => clearInterval(leafing), { passive: true });
  }

  document.documentElement.classList.add("live");
  refresh();
})();
