// The marks of a chart by keyboard: arrows go from one to the next, what each says is written below the picture (and said
// by a screen reader), Enter leads to its customers. In heat maps, and where there are several series, the arrows across
// go from one row or series to the other.
"use strict";
(() => {
  const words = document.currentScript.dataset;
  const states = new WeakMap(); // element → {rows, place: [row, column], said}

  const plain = (text) =>
    String(text ?? "")
      .replaceAll("<br>", ", ")
      .replaceAll("&lt;", "<");
  const whole = (count) => Array.from({ length: count }, (_, place) => place);
  const axesOf = (trace) => (trace.xaxis || "x") + (trace.yaxis || "y");
  const filterOf = (trace, own) => own ?? trace.meta?.filter ?? "";

  // --- what can be reached, as rows of marks; a hole where there is none --------------------------------------------

  // Which series a mark is of, where it does not say so itself.
  const named = (trace, told) => (trace.name && told && !told.includes(trace.name) ? `${trace.name}: ${told}` : told);

  const ofPoints = (trace, curve) => {
    // Marks that all lead to the same customers, as those of a group do, are one.
    const places = trace.meta?.filter ? [0] : whole((trace.y || trace.x || []).length);
    return places.map((point) => {
      if (trace.x?.[point] == null || trace.y?.[point] == null) return null;
      const text = Array.isArray(trace.hovertext) ? trace.hovertext[point] : (trace.hovertext ?? trace.text?.[point]);
      const told = named(trace, plain(text));
      const hover = [{ curveNumber: curve, pointNumber: point }];
      return told ? { told, filter: filterOf(trace, trace.customdata?.[point]), hover, axes: axesOf(trace) } : null;
    });
  };

  const ofCells = (trace) =>
    trace.z.map((line, row) =>
      line.map((value, column) => {
        const told = plain(trace.hovertext?.[row]?.[column]);
        if (value === null || !told) return null;
        const cell = { x: trace.x[column], y: trace.y[row] };
        return { told, filter: trace.customdata?.[row]?.[column] ?? "", cell, axes: axesOf(trace) };
      }),
    );

  const ofFlows = ({ link, node }) => [
    ...(node.customdata
      ? [node.label.map((label, place) => ({ told: plain(label), filter: node.customdata[place], node: place }))]
      : []),
    link.label.map((label, place) => ({ told: plain(label), filter: link.customdata?.[place] ?? "", link: place })),
  ];

  const ofTrace = (trace, curve) => {
    if (trace.hoverinfo === "skip" || trace.visible === false) return [];
    if (trace.type === "sankey") return ofFlows(trace);
    if (trace.type === "heatmap") return ofCells(trace);
    if (trace.type === "box") return [[{ told: plain(trace.name), filter: "", hover: [] }]];
    return [ofPoints(trace, curve)];
  };

  const isNew = (row, place, rows) =>
    row.length > 1 || !rows.slice(0, place).some(([other]) => other && other.told === row[0].told && other.filter === row[0].filter);
  const rowsOf = (element) => element.data.flatMap(ofTrace).filter((row) => row.some(Boolean)).filter(isNew);

  // Lying bars, and cells, are below each other.
  const goesDown = (element) => element.data.some((trace) => trace.type === "bar" && trace.orientation === "h");

  // --- going from one to the next -------------------------------------------------------------------------------------

  const nearest = (row, column) =>
    whole(row.length)
      .filter((place) => row[place])
      .reduce((best, place) => (Math.abs(place - column) < Math.abs(best - column) ? place : best), Infinity);

  const along = (rows, [row, column], step) => {
    for (let next = column + step; next >= 0 && next < rows[row].length; next += step) if (rows[row][next]) return [row, next];
    // At the end of a series comes the next one.
    const other = row + step;
    if (!rows[other]) return [row, column];
    return [other, nearest(rows[other], step > 0 ? 0 : rows[other].length - 1)];
  };

  const across = (rows, place, step) => {
    if (rows.length === 1) return along(rows, place, step);
    const row = place[0] + step;
    return rows[row] ? [row, nearest(rows[row], place[1])] : place;
  };

  const moved = (element, rows, place, key) => {
    const downward = goesDown(element);
    const steps = { ArrowRight: [1, downward], ArrowLeft: [-1, downward], ArrowDown: [1, !downward], ArrowUp: [-1, !downward] };
    if (key in steps) return (steps[key][1] ? across : along)(rows, place, steps[key][0]);
    if (key === "Home") return [0, nearest(rows[0], 0)];
    if (key === "End") return [rows.length - 1, nearest(rows.at(-1), rows.at(-1).length - 1)];
    return null;
  };

  // --- showing it -----------------------------------------------------------------------------------------------------

  const flowsOf = (element) => element.querySelectorAll(".sankey-link, .sankey-node rect, rect.node-rect");
  const light = (element, mark) => {
    for (const each of flowsOf(element)) {
      const { link, node } = each.__data__ || {};
      const isIt = mark && ((link && link.pointNumber === mark.link) || (node && node.pointNumber === mark.node));
      each.classList.toggle("lit", Boolean(isIt));
    }
  };

  // Plotly finds a cell by where it is, and all others by their number.
  const placeOf = (element, { x, y }) => {
    const { xaxis, yaxis } = element._fullLayout;
    return { xpx: xaxis.c2p(x), ypx: yaxis.c2p(y) };
  };

  const show = (element, mark) => {
    light(element, mark);
    if (mark?.cell) Plotly.Fx.hover(element, placeOf(element, mark.cell), mark.axes);
    else if (mark?.hover?.length) Plotly.Fx.hover(element, mark.hover, mark.axes);
    else Plotly.Fx.unhover?.(element);
  };

  const say = (element) => {
    const { rows, place, said } = states.get(element);
    const mark = rows[place[0]][place[1]];
    const marks = rows.flat().filter(Boolean);
    const where = words.place.replace("{number}", marks.indexOf(mark) + 1).replace("{all}", marks.length);
    const leads = element.dataset.customersUrl && mark.filter ? ` ${words.leads}` : "";
    said.textContent = `${mark.told} (${where}).${leads}`;
    show(element, mark);
  };

  const press = (event) => {
    const element = event.currentTarget;
    const state = states.get(element);
    if (event.target !== element || event.altKey || event.ctrlKey || event.metaKey) return;
    const mark = state.place && state.rows[state.place[0]][state.place[1]];
    if (event.key === "Escape" && state.place) {
      leave(element);
    } else if ((event.key === "Enter" || event.key === " ") && mark) {
      if (element.dataset.customersUrl && mark.filter) location.assign(element.dataset.customersUrl + encodeURIComponent(mark.filter));
    } else {
      const first = [0, nearest(state.rows[0], 0)];
      const place = moved(element, state.rows, state.place || first, event.key);
      if (!place) return;
      state.place = state.place || event.key === "End" ? place : first;
      say(element);
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const leave = (element) => {
    const state = states.get(element);
    state.place = null;
    state.said.textContent = "";
    show(element, null);
  };

  const begin = ({ target: element }) => {
    const rows = rowsOf(element);
    if (!rows.length || states.has(element)) return;
    const said = document.createElement("p");
    said.className = "mark-said";
    said.setAttribute("role", "status");
    element.after(said);
    states.set(element, { rows, place: null, said });
    element.tabIndex = 0;
    // An image has nothing to go through: a reader would keep the arrows to itself.
    element.setAttribute("role", "application");
    element.setAttribute("aria-roledescription", words.chart);
    for (const part of element.children) part.setAttribute("aria-hidden", "true");
    element.addEventListener("keydown", press);
    element.addEventListener("focus", () => {
      if (element.matches(":focus-visible")) said.textContent = words.hint;
    });
    element.addEventListener("blur", () => leave(element));
  };

  document.addEventListener("charts:drawn", begin);
})();
