// What a reader with weak eyes, a keyboard, a screen reader or a phone would stumble over. Returns a list of sentences.
() => {
  const found = [];
  const visible = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1;
  };
  const name = (element) => {
    const id = element.id ? `#${element.id}` : "";
    const text = (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${element.localName}${id} class="${element.getAttribute("class") || ""}"> “${text}”`;
  };

  // --- contrast: the colours as the canvas paints them, blended down to the page
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return { r, g, b, a: a / 255 };
  };
  const over = (top, below) => {
    const mix = (upper, lower) => upper * top.a + lower * (1 - top.a);
    return { r: mix(top.r, below.r), g: mix(top.g, below.g), b: mix(top.b, below.b), a: 1 };
  };
  const background = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const layer = rgba(getComputedStyle(at).backgroundColor);
      if (layer.a > 0) layers.push(layer);
      if (layer.a === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), { r: 255, g: 255, b: 255, a: 1 });
  };
  const luminance = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const ownText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  for (const element of document.body.querySelectorAll("*")) {
    const isField = element.matches("input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea");
    if (!(ownText(element) || isField) || !visible(element) || element.closest("svg, [aria-disabled=true], :disabled")) continue;
    const style = getComputedStyle(element);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    const below = background(element);
    const ratio = contrast(over(rgba(style.color), below), below);
    if (ratio < (large ? 3 : 4.5)) found.push(`contrast ${ratio.toFixed(2)}: ${name(element)}`);
  }

  // --- names
  const label = (element) => {
    const ids = (element.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean);
    const parts = [
      element.getAttribute("aria-label"),
      ...ids.map((id) => document.getElementById(id)?.textContent),
      ...(element.labels ? [...element.labels].map((item) => item.textContent) : []),
      element.matches("a, button, summary") ? element.textContent : "",
      element.querySelector("img")?.alt,
      element.title,
    ];
    return parts.join("").trim();
  };
  for (const element of document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea, nav, progress, [role=img], [role=region], [role=meter]")) {
    if (element.checkVisibility() && !label(element)) found.push(`no name: ${name(element)}`);
  }
  for (const image of document.querySelectorAll("img:not([alt])")) found.push(`no alt: ${image.src}`);

  // --- structure
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) found.push(`id twice: ${id}`);
  for (const element of document.querySelectorAll("[aria-describedby], [aria-labelledby], label[for]")) {
    for (const attribute of ["aria-describedby", "aria-labelledby", "for"]) {
      for (const id of (element.getAttribute(attribute) || "").split(" ").filter(Boolean)) {
        if (!document.getElementById(id)) found.push(`${attribute} points at nothing: ${id}`);
      }
    }
  }
  if (document.querySelectorAll("h1").length !== 1) found.push(`${document.querySelectorAll("h1").length} h1`);
  if (!document.documentElement.lang) found.push("no lang");
  if (!document.title.trim()) found.push("no title");

  // --- room: the page itself never scrolls sideways; what does can be reached by keyboard
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.body.querySelectorAll("*")].filter((element) => {
      const scroller = element.parentElement?.closest(".scroll, .tabs, pre, .chart, .sr-only");
      return !scroller && visible(element) && element.getBoundingClientRect().right > root.clientWidth + 1;
    });
    found.push(`the page is ${root.scrollWidth} px wide in ${root.clientWidth}: ${wide.slice(0, 3).map(name).join(", ")}`);
  }
  for (const element of document.querySelectorAll(".scroll")) {
    if (element.scrollWidth > element.clientWidth && element.tabIndex < 0) found.push(`scrolls, but not by keyboard: ${name(element)}`);
  }
  return found;
}
