// Draws every `.chart` of a page with Plotly. A figure stands in the page (`data-figure` names its JSON script) or is
// fetched (`data-chart-url`). Its colours are CSS expressions, computed here for the theme that the page has just now.
"use strict";
(() => {
  const TYPE = 12;
  const NARROW = 480; // for type of that size
  const PICTURE = { width: 1000, height: 560 };
  const SCALE = { png: 2, svg: 1 };
  const words = document.currentScript.dataset;
  const drawn = new Map(); // element → {figure, width, height}

  // --- colours: light-dark(), oklch() and color-mix() as the rgba() that Plotly reads ---------------------------------

  const probe = document.createElement("span");
  probe.hidden = true;
  const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const computed = new Map();

  const computeColour = (expression) => {
    document.body.append(probe);
    probe.style.color = "";
    probe.style.color = expression;
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = getComputedStyle(probe).color;
    probe.remove();
    pixel.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
    return `rgba(${red}, ${green}, ${blue}, ${(alpha / 255).toFixed(3)})`;
  };

  const colour = (expression) => {
    if (!computed.has(expression)) computed.set(expression, computeColour(expression));
    return computed.get(expression);
  };

  const isExpression = (value) => typeof value === "string" && /^(var\(--|color-mix\()/.test(value);

  // Plotly takes <b>, <a href> and the like for markup: in a name they are letters. Lines are broken by us.
  const LETTERS = /<(?!br>|\/?extra>)/g;
  const asLetters = (text) => text.replace(LETTERS, "&lt;");
  const OURS = new Set(["customdata", "meta"]); // nobody sees these

  const coloured = (part) => {
    if (isExpression(part)) return colour(part);
    if (typeof part === "string") return asLetters(part);
    if (Array.isArray(part)) return part.map(coloured);
    if (part === null || typeof part !== "object") return part;
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, OURS.has(key) ? value : coloured(value)]));
  };

  // --- what all figures share ------------------------------------------------------------------------------------------

  const house = () => {
    const style = getComputedStyle(document.body);
    const axis = {
      gridcolor: colour("var(--line)"),
      linecolor: colour("var(--line)"),
      zerolinecolor: colour("var(--edge)"),
      zerolinewidth: 1,
      ticks: "",
      ticklabeloverflow: "allow", // there is room for each; looking whether one is cut off takes half of all the time
      tickfont: { color: colour("var(--ink-2)") },
      title: { font: { size: 12, color: colour("var(--ink-2)") } },
    };
    return {
      template: { layout: { xaxis: axis, yaxis: axis } },
      font: { family: style.fontFamily, size: typeSize(), color: colour("var(--ink)") },
      paper_bgcolor: "rgba(0, 0, 0, 0)",
      plot_bgcolor: "rgba(0, 0, 0, 0)",
      hoverlabel: {
        bgcolor: colour("var(--raised, var(--card))"),
        bordercolor: colour("var(--line)"),
        font: { family: style.fontFamily, size: 12, color: colour("var(--ink)") },
        align: "left",
      },
      dragmode: false,
      autosize: true,
    };
  };

  const isPlain = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

  const merged = (base, over) => {
    const result = { ...base };
    for (const [key, value] of Object.entries(over || {})) {
      result[key] = isPlain(value) && isPlain(base[key]) ? merged(base[key], value) : value;
    }
    return result;
  };

  // Room for what is written along the axes. Plotly finds it by drawing, and draws anew where it was too little, which
  // takes as long again: so it is given about that much before, and what it still lacks it finds as ever.
  const namesOn = (axis, along, data) => {
    const named = axis?.ticktext || data.flatMap((trace) => (trace[`${along}axis`] ? [] : [...(trace[along] || [])]));
    return named.filter((name) => typeof name === "string").map((name) => name.replace(/<(?!br>)[^>]*>/g, "").split("<br>"));
  };
  const room = (data, { font, margin = {}, xaxis, yaxis }) => {
    pixel.font = `${font.size}px ${font.family}`;
    const titled = (axis) => (axis?.title?.text ? 1.6 * font.size - 3 : 0);
    const beside = namesOn(yaxis, "y", data).flat().map((line) => pixel.measureText(line).width);
    const below = namesOn(xaxis, "x", data).map((lines) => 1.3 * font.size * lines.length);
    const wanted = {
      l: beside.length ? Math.max(...beside) + titled(yaxis) + 18 : 0,
      b: below.length ? Math.max(...below) + titled(xaxis) + 14 : 0,
      r: beside.length || below.length ? 18 : 0,
    };
    const sides = Object.entries(wanted).map(([side, much]) => [side, Math.max(margin[side] || 0, Math.ceil(much))]);
    return { margin: Object.fromEntries(sides) };
  };

  // Whether each name ends before the next one begins, where they stand.
  const standApart = (places, widths, [first, last], pixels) =>
    places.every(
      (place, number) =>
        number === 0 ||
        (Math.abs(place - places[number - 1]) / Math.abs(last - first)) * pixels >= (widths[number] + widths[number - 1]) / 2,
    );

  // Names below an axis that would run into each other are left out in turns, where Plotly would turn them round.
  const withRoomForNames = (layout, width) => {
    const { l = 0, r = 0 } = layout.margin;
    const thinned = {};
    for (const [name, axis] of Object.entries(layout)) {
      if (!name.startsWith("xaxis") || !axis.ticktext || (axis.tickangle ?? 0) !== 0) continue;
      const [begin, end] = axis.domain || [0, 1];
      const lines = axis.ticktext.map((text) => String(text).replace(/<(?!br>)[^>]*>/g, "").split("<br>"));
      const wanted = lines.flatMap((each) => Math.max(...each.map((line) => pixel.measureText(line).width)) + 10);
      const pixels = (width - l - r) * (end - begin);
      const ends = axis.range || [Math.min(...axis.tickvals) - 0.5, Math.max(...axis.tickvals) + 0.5];
      let every = Math.ceil(wanted.reduce((sum, each) => sum + each, 0) / pixels) || 1;
      const own = (values) => values.filter((_, place) => place % every === 0);
      while (every < wanted.length && !standApart(own(axis.tickvals), own(wanted), ends, pixels)) every += 1;
      thinned[name] = { tickvals: own(axis.tickvals), ticktext: own(axis.ticktext), tickangle: 0 };
    }
    return merged(layout, thinned);
  };

  // A figure brings what changes on a phone in `layout.meta.narrow`, a trace in its `meta.narrow`.
  const typeSize = () => Number(getComputedStyle(document.body).getPropertyValue("--chart-type")) || TYPE;
  const isNarrow = (width) => width < (NARROW * typeSize()) / TYPE;
  const ready = (figure, width) => {
    const narrow = isNarrow(width);
    const own = merged(figure.layout, narrow ? figure.layout.meta?.narrow : {});
    const traces = narrow ? figure.data.map((trace) => merged(trace, trace.meta?.narrow)) : figure.data;
    const layout = merged(house(), coloured(own));
    const roomy = merged(layout, room(traces, layout));
    return { data: coloured(traces), layout: withRoomForNames(roomy, width) };
  };

  // --- drawing ---------------------------------------------------------------------------------------------------------

  const fail = (element, error, text = words.failed) => {
    element.replaceChildren(text);
    element.classList.add("failed");
    element.removeAttribute("role");
    element.dataset.state = "failed";
    console.warn(`chart ${element.id}: ${error.message}`);
  };

  const load = async (element) => {
    if (element.dataset.figure) return JSON.parse(document.getElementById(element.dataset.figure).textContent);
    const response = await fetch(element.dataset.chartUrl, { headers: { Accept: "application/json" } });
    if (!response.ok || response.redirected) throw new Error(`status ${response.status}`);
    return (await response.json()).figure;
  };

  // A mark with customers behind it leads to their list, and only such a mark looks as if it did.
  const followMarks = (element) => {
    const { customersUrl } = element.dataset;
    // Of a mark alone, or of all marks of its trace.
    const ofMark = (mark) => mark?.customdata ?? mark?.data?.meta?.filter;
    const valueOf = (event) => customersUrl && ofMark(event.points[0]);
    const point = (cursor) => element.querySelectorAll(".drag").forEach((area) => (area.style.cursor = cursor));
    element.on("plotly_click", (event) => {
      const value = valueOf(event);
      if (value) location.assign(customersUrl + encodeURIComponent(value));
    });
    element.on("plotly_hover", (event) => point(valueOf(event) ? "pointer" : "default"));
    element.on("plotly_unhover", () => point("default"));
    point("default");
  };

  const redraw = (element) => {
    const { data, layout } = ready(drawn.get(element).figure, element.clientWidth);
    return Plotly.react(element, data, layout);
  };

  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const state = drawn.get(target);
      const { clientWidth: width, clientHeight: height } = target;
      if (width === 0 || (width === state.width && height === state.height)) continue;
      const turned = isNarrow(width) !== isNarrow(state.width);
      Object.assign(state, { width, height });
      if (turned) redraw(target);
      else Plotly.Plots.resize(target);
    }
  });

  const draw = async (element) => {
    try {
      if (!window.Plotly) throw new Error("Plotly is not here");
      const figure = await load(element);
      const { clientWidth: width, clientHeight: height } = element;
      const { data, layout } = ready(figure, width);
      await Plotly.newPlot(element, data, layout, { displayModeBar: false, doubleClick: false, showTips: false });
      drawn.set(element, { figure, width, height });
      followMarks(element);
      resized.observe(element);
      element.dataset.state = "drawn";
      element.dispatchEvent(new CustomEvent("charts:drawn", { bubbles: true }));
      const ways = `[data-chart-picture="${element.id}"], [data-chart-full="${element.id}"]`;
      for (const button of document.querySelectorAll(ways)) button.hidden = false;
    } catch (error) {
      fail(element, error);
    }
  };

  const recolour = () => {
    computed.clear();
    for (const element of drawn.keys()) redraw(element);
  };

  // --- the picture as a file with its title, what it counts, and a ground to stand on ----------------------------------------

  const inLines = (text, length) =>
    text.split(" ").reduce((lines, word) => {
      const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
      return lines.length && longer.length <= length ? [...lines.slice(0, -1), longer] : [...lines, word];
    }, []);

  const download = (element, format) => {
    const { data, layout } = ready(drawn.get(element).figure, Infinity);
    const { title = "", note = "", file = element.id } = element.dataset;
    const lines = inLines(asLetters(title), 90);
    const notes = inLines(asLetters(note), 130);
    const headed = merged(layout, {
      title: {
        text: lines.join("<br>"),
        x: 0,
        xref: "paper",
        y: 0.96,
        yref: "container",
        yanchor: "top",
        font: { size: 19, weight: 600, color: colour("var(--ink)") },
        subtitle: { text: notes.join("<br>"), font: { size: 13, weight: 400, color: colour("var(--ink-2)") } },
      },
      margin: { l: 24, r: 24, t: (layout.margin?.t || 0) + 42 + 24 * lines.length + 18 * notes.length, b: 24 },
      paper_bgcolor: colour("var(--card)"),
      autosize: false,
    });
    return Plotly.downloadImage({ data, layout: headed }, { ...PICTURE, format, scale: SCALE[format], filename: file });
  };

  const fillScreen = (card) => (document.fullscreenElement ? document.exitFullscreen() : card.requestFullscreen());

  // --- the page --------------------------------------------------------------------------------------------------------

  // One after the other, so that the first ones are seen while the last ones are drawn.
  const seen = new WeakSet();
  let drawing = Promise.resolve();
  const drawWithin = (root) => {
    const found = [...root.querySelectorAll(".chart[data-figure], .chart[data-chart-url]")];
    for (const element of found.filter((each) => !seen.has(each))) {
      seen.add(element);
      drawing = drawing.then(() => element.isConnected && draw(element));
    }
  };

  // What has been replaced is let go, for pages that stand for weeks.
  const forgetGone = () => {
    for (const element of [...drawn.keys()].filter((each) => !each.isConnected)) {
      resized.unobserve(element);
      drawn.delete(element);
      Plotly.purge(element);
    }
  };

  const begin = () => {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
    new MutationObserver(recolour).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    document.addEventListener("click", (event) => {
      const picture = event.target.closest("[data-chart-picture]");
      if (picture) download(document.getElementById(picture.dataset.chartPicture), picture.dataset.format);
      const full = event.target.closest("[data-chart-full]");
      if (full) fillScreen(document.getElementById(full.dataset.chartFull).closest(".chart-card"));
    });
    document.addEventListener("charts:added", (event) => {
      forgetGone();
      drawWithin(event.target);
    });
    // A card that htmx has put in.
    document.addEventListener("htmx:afterSettle", (event) => {
      forgetGone();
      drawWithin(event.target.parentElement || document);
    });
    // A card that has not come, whatever the reason, does not stand as if it still would.
    for (const lost of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
      document.addEventListener(lost, ({ detail }) => {
        const place = detail.elt?.closest(".chart-card[aria-busy]");
        if (!place) return;
        place.removeAttribute("aria-busy");
        const chart = place.querySelector(".chart");
        chart.classList.remove("skeleton");
        fail(chart, new Error(lost), words.missing);
      });
    }
    drawWithin(document);
  };

  begin();
})();
