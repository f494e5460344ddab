// The list of outcomes: facets, words, order; only as many entries are drawn as somebody asked for.
const PAGE = 40;
const FACETS = ["stack", "family", "severity", "outcome", "standard"];
const ORDERS = {
  gravest: (a, b) => rows.kind[a] - rows.kind[b] || rows.rank[b] - rows.rank[a] || a - b,
  stack: (a, b) => a - b,
  control: (a, b) => compare(control(a).id, control(b).id) || a - b,
  service: (a, b) => compare(text("service", a), text("service", b)) || a - b,
  slowest: (a, b) => rows.seconds[b] - rows.seconds[a] || a - b,
};
const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
const text = (column, row) => data.texts[rows[column][row]];
const control = (row) => data.controls[rows.control[row]];

const state = { stack: new Set(), family: new Set(), severity: new Set(), outcome: new Set(), standard: new Set(), words: "", order: "gravest" };
let found = []; // rows that are shown, in order
let drawn = 0;
let facets = {}; // by name: labels, the value of each row or of each control, buttons

const prepare = () => {
  rows = data.rows;
  rows.count = rows.stack.length;
  if (!rows.count) for (const name of ["control", "severity", "kind", "message", "subject", "waiver", "place", "anchor"]) rows[name] = [];
  rows.rank = rows.severity;
  rows.byAnchor = null;
  const families = [...new Set(data.controls.map((one) => one.family))].sort();
  const family = data.controls.map((one) => families.indexOf(one.family));
  facets = {
    stack: { labels: data.stacks.map((one) => one.name), of: Uint16Array.from(rows.stack) },
    family: { labels: families, of: Uint16Array.from(rows.control, (number) => family[number]) },
    severity: { labels: data.severities, of: Uint8Array.from(rows.severity) },
    outcome: { labels: data.kinds, of: Uint8Array.from(rows.kind) },
    standard: { labels: data.standards, of: null },
  };
  rows.lower = data.texts.map((one) => one.toLowerCase());
  const words = data.controls.map((one) => `${one.id} ${one.title} ${one.family}`.toLowerCase());
  const names = data.stacks.map((one) => one.name.toLowerCase());
  rows.fields = [
    { of: Uint32Array.from(rows.message), words: rows.lower },
    { of: Uint32Array.from(rows.subject), words: rows.lower },
    { of: Uint32Array.from(rows.waiver), words: rows.lower },
    { of: Uint32Array.from(rows.place), words: rows.lower },
    { of: Uint16Array.from(rows.control), words },
    { of: facets.stack.of, words: names },
  ];
};

// Each word must stand in one of the fields; each text is searched once, however many rows have it.
const matching = () => {
  const keep = new Uint8Array(rows.count).fill(1);
  for (const wanted of state.words.toLowerCase().split(/\s+/).filter(Boolean)) {
    const seen = new Map();
    const hits = rows.fields.map(({ words }) => {
      if (!seen.has(words)) seen.set(words, Uint8Array.from(words, (one) => (one.includes(wanted) ? 1 : 0)));
      return seen.get(words);
    });
    for (let row = 0; row < rows.count; row++) if (keep[row] && !rows.fields.some(({ of }, place) => hits[place][of[row]])) keep[row] = 0;
  }
  return keep;
};

// One pass: a row that only one facet leaves out counts for the choices of that facet.
const filter = () => {
  const keep = matching();
  const counts = Object.fromEntries(FACETS.map((name) => [name, new Uint32Array(facets[name].labels.length)]));
  const chosen = FACETS.map((name) => {
    const flags = new Uint8Array(facets[name].labels.length);
    for (const value of state[name]) flags[value] = 1;
    return state[name].size ? flags : null;
  });
  const standards = data.controls.map((one) => one.standards);
  const kept = data.controls.map((one) => !chosen[4] || one.standards.some((value) => chosen[4][value]));
  const lists = FACETS.map((name) => facets[name].of);
  found = [];
  for (let row = 0; row < rows.count; row++) {
    if (!keep[row]) continue;
    let missed = 0;
    let which = -1;
    for (let place = 0; place < 4; place++) if (chosen[place] && !chosen[place][lists[place][row]]) { missed++; which = place; }
    if (!kept[rows.control[row]]) { missed++; which = 4; }
    if (missed > 1) continue;
    for (let place = 0; place < 4; place++) if (!missed || which === place) counts[FACETS[place]][lists[place][row]]++;
    if (!missed || which === 4) for (const value of standards[rows.control[row]]) counts.standard[value]++;
    if (!missed) found.push(row);
  }
  found.sort(ORDERS[state.order]);
  return counts;
};

const isFiltered = () => state.words.trim() !== "" || FACETS.some((name) => state[name].size);
const said = () => {
  const chosen = FACETS.filter((name) => state[name].size).map((name) => `${name}: ${[...state[name]].map((value) => facets[name].labels[value]).join(", ")}`);
  return [...chosen, ...(state.words.trim() ? [`words: ${state.words.trim()}`] : [])].join("; ");
};

const draw = () => {
  const counts = filter();
  for (const name of FACETS)
    facets[name].buttons?.forEach((button, value) => {
      const on = state[name].has(value);
      button.setAttribute("aria-pressed", String(on));
      button.lastChild.textContent = counts[name][value];
      button.classList.toggle("none-left", !counts[name][value] && !on);
    });
  $("shown").textContent = `${found.length} of ${rows.count} shown`;
  $("clear").disabled = !isFiltered();
  $("printed").textContent = isFiltered() ? `Filtered: ${found.length} of ${rows.count} outcomes are listed (${said()}). Verdicts and counts are those of the whole run.` : "";
  $("list").replaceChildren();
  drawn = 0;
  if (!found.length) $("list").append(h("p", { class: "empty" }, "No outcome is like that. ", h("button", { type: "button", onclick: clear }, "Show all")));
  grow(PAGE);
};

const grow = (count) => {
  $("more")?.remove();
  const upto = Math.min(found.length, drawn + count);
  $("list").append(...found.slice(drawn, upto).map(entry));
  drawn = upto;
  if (drawn < found.length)
    $("list").append(h("p", { id: "more" }, h("button", { type: "button", onclick: () => grow(PAGE * 5) }, `Show more: ${found.length - drawn} are left`)));
};

const entry = (row) => {
  const kind = rows.kind[row];
  const anchor = `outcome-${rows.anchor[row]}`;
  const [message] = text("message", row).split("\n", 1);
  const cause = text("cause", row);
  const place = text("place", row);
  const link = text("link", row);
  const head = h("button", { type: "button", class: "head", "aria-expanded": "false", "aria-controls": `${anchor}-more`, onclick: () => toggle(row) },
    badge(kind), " ", severity(rows.severity[row]), " ", h("span", { class: "title" }, ...prose(control(row).title)));
  return h("article", { id: anchor, class: `finding k-${CLASSES[kind]}`, "data-row": row },
    h("h3", {}, head),
    h("p", { class: "minor where" }, h("b", {}, `${data.stacks[rows.stack[row]].name} / ${text("subject", row)}`), " · ",
      h("a", { class: "id", href: `#control-${encodeURIComponent(control(row).id)}` }, control(row).id),
      ...(place ? [" · ", link ? h("a", { href: link, rel: "noreferrer" }, place) : h("code", {}, place)] : []),
      rows.known[row] ? " · known from the baseline" : ""),
    cause ? h("p", { class: "gist" }, h("a", { href: `#${cause}` }, "not judged, for a cause that is told once")) : message ? h("p", { class: "gist" }, ...prose(message.length > 300 ? `${message.slice(0, 300)} ...` : message)) : "",
    text("waiver", row) ? h("p", { class: "reason" }, ...prose(text("waiver", row))) : "",
    h("div", { id: `${anchor}-more`, class: "opened", hidden: true }));
};

const opened = (node) => node.querySelector(".head").getAttribute("aria-expanded") === "true";
const toggle = async (row, open = null) => {
  const node = $(`outcome-${rows.anchor[row]}`);
  if (!node || opened(node) === open) return;
  const show_ = !opened(node);
  node.querySelector(".head").setAttribute("aria-expanded", String(show_));
  const body = node.querySelector(".opened");
  body.hidden = !show_;
  if (show_ && !body.childNodes.length) body.append(...(await details(row)));
};

// On paper each step and trial is told once, by the first outcome that rests on it; null while nothing is printed.
let told = null;
// What was done: each command or request with what came back.
const steps = (own, numbers, leftOut) => [
  ...numbers.map((number) => {
    const [command, where, started, length, exit, output, times] = own.steps[number];
    const again = told?.has(own.steps[number]);
    told?.add(own.steps[number]);
    const how = [where, started, seconds(length), exit === null ? "" : `exit ${exit}`, times > 1 ? `${times} times` : "", again && output ? "answer as above" : ""].filter(Boolean).join(" · ");
    return h("li", {}, h("code", {}, command), " ", h("span", { class: "minor" }, how), output && !again ? h("pre", { tabindex: "0" }, output) : "");
  }),
  leftOut ? h("li", { class: "minor" }, `${leftOut} steps between these are not kept`) : "",
].filter((part) => part !== "");
const done = (own, place) => {
  const parts = [];
  const asked = own.asked[place];
  if (asked === null) parts.push(h("p", { class: "minor" }, "In a run as large as this, what was asked for it is in results.json alone."));
  else if (asked.length) parts.push(h("details", {}, h("summary", {}, `What was asked: ${asked.length} ${asked.length === 1 ? "step" : "steps"}`), h("ol", { class: "steps" }, ...steps(own, asked, own.leftOut[place]))));
  for (const number of own.shares[place]) {
    const [name, started, length, numbers, leftOut, error] = own.trials[number];
    if (told?.has(own.trials[number])) {
      parts.push(h("p", { class: "minor" }, `Shared: ${name}, ${seconds(length)}, from ${started}; told above, where it is named first.`));
      continue;
    }
    told?.add(own.trials[number]);
    parts.push(h("details", {}, h("summary", {}, `Shared: ${name}, ${seconds(length)}`), h("p", { class: "minor" }, `From ${started}; several controls rest on it.`), error ? h("pre", { tabindex: "0" }, error) : "", h("ol", { class: "steps" }, ...steps(own, numbers, leftOut))));
  }
  return parts;
};

const details = async (row) => {
  const stack = data.stacks[rows.stack[row]];
  const own = await more(stack.anchor);
  const place = row - stack.first;
  const evidence = own.evidence[place];
  const of = control(row);
  const message = text("message", row);
  const fix = text("fix", row);
  const todo = text("todo", row) || (rows.kind[row] === 1 ? "" : of.fix); // of an unknown: what stood in the way
  const check = stack.check ? `${stack.check}${of.quoted}` : "";
  const term = (name, ...value) => h("div", {}, h("dt", {}, name), h("dd", {}, ...value));
  const plainText = [`${data.kinds[rows.kind[row]]} ${data.severities[rows.severity[row]]} ${stack.name} ${text("subject", row)} ${of.id}`, text("place", row), message, todo && `fix: ${todo}`].filter(Boolean).join("\n");
  const taught = told === null || rows.kind[row] < 4; // else on paper it stands with the control
  return [
    message.includes("\n") || message.length > 300 ? h("div", { class: "message", tabindex: "0" }, message) : "",
    Object.keys(evidence).length ? h("div", { class: "evidence" }, h("h4", {}, "Evidence"), show(evidence)) : taught ? h("p", { class: "minor" }, "No evidence was noted.") : "",
    ...done(own, place),
    h("dl", { class: "advice" },
      taught && of.why ? term("Why", ...prose(of.why)) : "", taught && todo ? term("Fix", ...prose(todo)) : "",
      fix ? term("Write", h("pre", { tabindex: "0" }, fix)) : "",
      taught && of.references.length ? term("References", of.references.join("; ")) : "",
      taught && of.documentation ? term("More", h("a", { href: of.documentation, rel: "noreferrer" }, "Documentation of this control")) : "",
      taught && check ? term("Check again", h("code", {}, check)) : "",
      term("Took", `${seconds(rows.seconds[row])}${own.started[place] ? `, from ${own.started[place]}` : ""}`)),
    h("p", { class: "buttons" }, copy("Copy finding", plainText), " ", fix ? copy("Copy YAML", fix) : "", " ", check ? copy("Copy command", check) : "", " ",
      h("a", { href: `#outcome-${rows.anchor[row]}` }, "Link to this")),
  ].filter((part) => part !== "");
};
