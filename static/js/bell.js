// The bell asks for its count again while its page is looked at: once a minute, and at once when somebody comes back
// after longer than that. Only the bell that is shown asks; a hidden tab asks nothing.
"use strict";
(() => {
  const EVERY = 60000;
  let asked = Date.now();

  const look = () => {
    if (document.hidden || Date.now() - asked < EVERY) return;
    asked = Date.now();
    for (const bell of document.querySelectorAll(".bell")) {
      if (bell.checkVisibility({ visibilityProperty: true })) bell.dispatchEvent(new Event("look"));
    }
  };

  setInterval(look, EVERY / 4);
  document.addEventListener("visibilitychange", look);
})();
