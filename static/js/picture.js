// Makes a PNG of each drawn chart, in the <output> after it: for a browser in front of which nobody sits
// (reports/pictures.py).
"use strict";
(() => {
  const SIZE = { format: "png", width: 900, height: 420, scale: 2 };
  const begun = new WeakSet();

  const picture = async (element) => {
    begun.add(element);
    await Plotly.relayout(element, { paper_bgcolor: "#fff" });
    element.nextElementSibling.value = await Plotly.toImage(element, SIZE);
  };

  const look = () => {
    const drawn = [...document.querySelectorAll('.chart[data-state="drawn"]')];
    drawn.filter((element) => !begun.has(element)).forEach(picture);
  };

  const of = { subtree: true, attributeFilter: ["data-state"] };
  new MutationObserver(look).observe(document.body, of);
  look();
})();
