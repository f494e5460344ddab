// Matrix and time line of a stack, drawn when its part of the page is open.
const matrix = (stack) => {
  const worst = new Map();
  for (let row = stack.first; row < stack.first + stack.rows; row++) {
    const key = `${rows.control[row]} ${text("service", row)}`;
    const cell = worst.get(key);
    if (!cell) worst.set(key, { row, kind: rows.kind[row], hits: 1, total: 1 });
    else if (rows.kind[row] < cell.kind) Object.assign(cell, { row, kind: rows.kind[row], hits: 1, total: cell.total + 1 });
    else { cell.total++; if (rows.kind[row] === cell.kind) cell.hits++; }
  }
  const families = new Map();
  for (let row = stack.first; row < stack.first + stack.rows; row++) {
    const family = control(row).family;
    if (!families.has(family)) families.set(family, new Set());
    families.get(family).add(rows.control[row]);
  }
  const cell = (number, service) => {
    const seen = worst.get(`${number} ${service}`);
    if (!seen) return h("td", { class: "cell" }, h("span", { class: "none", "aria-hidden": "true" }, "·"), h("span", { class: "sr" }, "no outcome"));
    const why = text("message", seen.row).split("\n", 1)[0].slice(0, 200);
    return h("td", { class: "cell" }, h("a", { href: `#outcome-${rows.anchor[seen.row]}`, title: `${data.kinds[seen.kind]}${why ? `: ${why}` : ""}` },
      h("span", { class: `sign k-${CLASSES[seen.kind]}` }, h("span", { "aria-hidden": "true" }, SIGNS[seen.kind]), h("span", { class: "sr" }, data.kinds[seen.kind])),
      seen.total > 1 ? h("span", { class: "of" }, `${seen.hits}/${seen.total}`) : ""));
  };
  const line = (number) => {
    const one = data.controls[number];
    const first = stack.services.map((service) => worst.get(`${number} ${service}`)).find(Boolean);
    return h("tr", {}, h("th", { scope: "row" }, h("span", { class: "row" }, h("a", { class: "id", href: `#control-${encodeURIComponent(one.id)}` }, one.id), " ", h("span", { class: "title" }, ...prose(one.title)))),
      h("td", {}, first ? severity(rows.severity[first.row]) : ""), ...stack.services.map((service) => cell(number, service)));
  };
  return h("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": `Matrix of ${stack.name}` },
    h("table", { class: stack.services.length > 5 ? "matrix many" : "matrix" },
      h("caption", { class: "sr" }, `Worst outcome of each control for each service of ${stack.name}`),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Control"), h("th", { scope: "col" }, "Severity"), ...stack.services.map((service) => h("th", { scope: "col", class: "cell" }, service ? h("code", {}, service) : "whole stack")))),
      ...[...families].map(([family, members]) => h("tbody", {}, h("tr", { class: "family" }, h("th", { scope: "rowgroup", colspan: stack.services.length + 2 }, family)), ...[...members].map(line)))));
};

const svg = (tag, attributes = {}, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};
const LINE = 17; // pixels of a row
const NAMES = 150;
const WIDTH = 1000;
const timeline = (steps, name) => {
  const lanes = [...new Set(steps.map(([lane]) => lane))].sort();
  const end = Math.max(...steps.map((step) => step[3]), 1);
  const start = Math.min(...steps.map((step) => step[3] - step[4]));
  const x = (at) => NAMES + ((at - start) / (end - start || 1)) * (WIDTH - NAMES - 10);
  const parts = [];
  let y = LINE;
  const mark = (at, what, said) => svg("text", { x: x(at), y: y - 4, class: `mark ${what}` }, svg("title", {}, said), { started: "▲", healthy: "●", ended: "✕" }[what] ?? "•");
  for (const lane of lanes) {
    const own = steps.filter((step) => step[0] === lane);
    parts.push(svg("text", { x: 0, y: y - 4, class: "lane" }, lane));
    for (const [, step, container, at, length] of own)
      if (!container) parts.push(svg("rect", { x: x(at - length), y: y - LINE + 2, width: Math.max(x(at) - x(at - length), 1), height: LINE - 4, rx: 2, class: step.startsWith("trial ") ? "trial" : "phase" }, svg("title", {}, `${step}: ${length.toFixed(1)} s, until ${at.toFixed(1)} s`)));
    y += LINE;
    for (const container of new Set(own.map((step) => step[2]).filter(Boolean))) {
      parts.push(svg("text", { x: 12, y: y - 4, class: "name" }, container.length > 20 ? `${container.slice(0, 19)}…` : container));
      let up = null;
      const events = own.filter((step) => step[2] === container);
      const last = Math.max(...own.map((step) => step[3]));
      const bar = (from, to) => parts.push(svg("rect", { x: x(from), y: y - LINE / 2 - 2, width: Math.max(x(to) - x(from), 1), height: 4, class: "up" }));
      for (const [, what, , at] of events) {
        if (what === "started") up = at;
        if (what === "ended" && up !== null) { bar(up, at); up = null; }
      }
      if (up !== null) bar(up, last);
      for (const [, what, , at] of events) parts.push(mark(at, what, `${container} ${what} at ${at.toFixed(1)} s`));
      y += LINE;
    }
  }
  const ticks = [];
  const step = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600].find((one) => (end - start) / one <= 12) ?? 1800;
  for (let at = Math.ceil(start / step) * step; at <= end; at += step) ticks.push(svg("line", { x1: x(at), x2: x(at), y1: 0, y2: y - LINE + 4, class: "tick" }), svg("text", { x: x(at), y: y, class: "at" }, `${at} s`));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Drawing of the time line of ${name}` },
    svg("svg", { class: "times", width: WIDTH, height: y + 8, viewBox: `0 0 ${WIDTH} ${y + 8}`, role: "img", "aria-label": `Sandboxes of ${name} over ${Math.round(end - start)} seconds of the run. The table says the same.` }, ...ticks, ...parts));
};

const fill = async (node) => {
  if (!node.open || node.dataset.filled) return;
  node.dataset.filled = "yes";
  const own = data.stacks.find((stack) => stack.anchor === node.dataset.stack);
  if (node.matches(".matrix-of")) node.append(matrix(own));
  else {
    const steps = (await more(own.anchor)).timeline;
    node.querySelector("summary").after(timeline(steps, own.name), h("p", { class: "minor" }, "▲ started, ● healthy, ✕ ended; bars above are what was done to the sandbox, trials in the colour of warnings."));
  }
};
