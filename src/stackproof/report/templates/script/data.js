// A bonus: the page says what a run amounts to without it.
"use strict";
const $ = (id) => document.getElementById(id);

// Text is always set as text: whatever a container said, nothing of it is read as markup.
const h = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== "" && child !== null && child !== undefined));
  return node;
};

const read = async (name) => {
  const island = $(`data-${name}`);
  if (island.type === "application/json") return JSON.parse(island.textContent);
  const packed = Uint8Array.from(atob(island.textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
};
const held = new Map(); // what there is of a stack beside its list, read when somebody looks
const more = (anchor) => {
  if (!held.has(anchor)) held.set(anchor, read(anchor));
  return held.get(anchor);
};

const SIGNS = ["✕", "?", "W", "A", "✓", "–"]; // in the order of the kinds
const CLASSES = ["fail", "unknown", "waived", "advisory", "pass", "not_applicable"];
const badge = (kind) =>
  h("span", { class: `badge k-${CLASSES[kind]}` }, h("span", { "aria-hidden": "true" }, SIGNS[kind]), ` ${data.kinds[kind]}`);
const severity = (level) => h("span", { class: `severity sev-${data.severities[level]}` }, data.severities[level]);
const seconds = (value) =>
  value < 1 ? `${Math.round(value * 1000)} ms` : value < 60 ? `${value.toFixed(1)} s` : `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
const prose = (text) => text.split(/`([^`]+)`/).map((part, place) => (place % 2 ? h("code", {}, part) : part));

let data = null;
let rows = null;
