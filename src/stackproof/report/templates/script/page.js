// Address, keys, theme, print; then all begins.
const parsed = () => {
  const parts = location.hash.slice(1).split("&").filter(Boolean);
  const decode = (one) => { try { return decodeURIComponent(one); } catch { return one; } };
  const target = parts.find((part) => !part.includes("="));
  const pairs = parts.filter((part) => part.includes("=")).map((part) => [part.slice(0, part.indexOf("=")), decode(part.slice(part.indexOf("=") + 1))]);
  return { target: target ? decode(target) : "", pairs };
};
const address = (target) => {
  const pairs = FACETS.flatMap((name) => [...state[name]].map((value) => `${name}=${encodeURIComponent(facets[name].labels[value])}`));
  if (state.words.trim()) pairs.push(`q=${encodeURIComponent(state.words.trim())}`);
  if (state.order !== "gravest") pairs.push(`sort=${state.order}`);
  history.replaceState(null, "", `#${[target && encodeURIComponent(target), ...pairs].filter(Boolean).join("&")}`);
};
const restore = (pairs) => {
  for (const name of FACETS) state[name].clear();
  state.words = "";
  state.order = "gravest";
  for (const [name, value] of pairs) {
    if (FACETS.includes(name)) { const place = facets[name].labels.indexOf(value); if (place >= 0) state[name].add(place); }
    else if (name === "q") state.words = value.slice(0, 200);
    else if (name === "sort" && Object.hasOwn(ORDERS, value)) state.order = value;
  }
  $("needle").value = state.words;
  $("order").querySelector("select").value = state.order;
};
const changed = () => { draw(); address(""); };
const clear = () => { restore([]); changed(); };

// A link to an outcome shows it, whatever is filtered, and opens what it lies in.
const reveal = async (name) => {
  if (!name) return;
  if (name.startsWith("outcome-")) {
    rows.byAnchor ??= new Map(rows.anchor.map((anchor, row) => [anchor, row]));
    const row = rows.byAnchor.get(name.slice("outcome-".length));
    if (row === undefined) return;
    if (!found.includes(row)) { restore([]); draw(); }
    if (found.indexOf(row) >= drawn) grow(found.indexOf(row) - drawn + PAGE);
    await toggle(row, true);
  }
  const node = $(name);
  for (let above = node; above; above = above.parentElement) if (above.tagName === "DETAILS") above.open = true;
  if (!node) return;
  document.querySelector(".aim")?.classList.remove("aim");
  node.classList.add("aim");
  node.scrollIntoView();
  node.querySelector?.("button.head")?.focus({ preventScroll: true });
};

const facetButtons = () => {
  for (const name of FACETS) {
    const { labels } = facets[name];
    facets[name].buttons = labels.map((label, value) =>
      h("button", { type: "button", "aria-pressed": "false", onclick: () => { if (!state[name].delete(value)) state[name].add(value); changed(); } }, `${label} `, h("span", { class: "count" }, "0")));
    if (labels.length > (name === "standard" ? 0 : 1))
      $("facets").append(h("fieldset", {}, h("legend", {}, name), h("div", { class: labels.length > 40 ? "choices many" : "choices", ...(labels.length > 40 ? { tabindex: "0", role: "region", "aria-label": `${name}, choices` } : {}) }, ...facets[name].buttons)));
  }
  const choose = h("select", { id: "sort", onchange: (event) => { state.order = event.target.value; changed(); } }, ...Object.keys(ORDERS).map((order) => h("option", { value: order }, order)));
  $("order").append(h("label", { for: "sort" }, "Sort by "), choose, " ",
    h("button", { type: "button", onclick: () => everything(true) }, "Open those shown"), " ", h("button", { type: "button", onclick: () => everything(false) }, "Close"));
};
const everything = (open) => Promise.all([...$("list").querySelectorAll("article")].map((node) => toggle(Number(node.dataset.row), open)));

// Tables whose heads are asked to sort by themselves: by what a cell says, or by the rank that it names.
const sortable = (one) => {
  [...one.tHead.rows[0].cells].forEach((cell, column) => {
    const button = h("button", { type: "button", class: "sort", onclick: () => {
      const down = cell.getAttribute("aria-sort") === "descending";
      one.querySelectorAll("[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
      cell.setAttribute("aria-sort", down ? "ascending" : "descending");
      const key = (line) => line.cells[column].dataset.rank ?? line.cells[column].textContent.trim();
      const lines = [...one.tBodies[0].rows].sort((a, b) => key(a).localeCompare(key(b), "en", { numeric: true }));
      one.tBodies[0].append(...(down ? lines : lines.reverse()));
    } }, ...cell.childNodes);
    cell.replaceChildren(button);
  });
};

const THEMES = ["system", "light", "dark"];
const theme = (name) => {
  document.documentElement.dataset.theme = name;
  $("theme").textContent = `Theme: ${name}`;
  try { localStorage.setItem("stackproof-theme", name); } catch { /* a browser that keeps nothing */ }
};

// A print holds what is filtered and says so: in summary what is to be seen to, in full all, opened.
const PRINTED = { summary: 30, full: 3000 };
let wanted = "summary";
let before = null;
const toPrint = () => {
  document.documentElement.dataset.print = wanted;
  before = [...document.querySelectorAll("main details")].map((node) => [node, node.open]);
  if (wanted === "full") for (const [node] of before) node.open = true;
  const listed = wanted === "full" || isFiltered() ? found : found.filter((row) => rows.kind[row] < 4 && rows.kind[row] !== 2);
  const shown = listed.slice(0, PRINTED[wanted]);
  const left = listed.length - shown.length;
  const note = [$("printed").textContent, left ? `${left} more outcomes are not printed; results.json has them.` : ""].filter(Boolean).join(" ");
  $("printed").dataset.screen = $("printed").textContent;
  $("printed").textContent = note;
  $("list").replaceChildren(...shown.map(entry));
  if (!shown.length) $("list").append(h("p", {}, isFiltered() ? "No outcome is like that." : "Nothing failed, nothing was left open, and nothing is advised."));
};
const printed = () => {
  for (const [node, open] of before ?? []) node.open = open;
  before = told = null;
  $("printed").textContent = $("printed").dataset.screen ?? "";
  draw();
};
const printAs = async (kind) => {
  wanted = kind;
  if (kind === "full") {
    told = new Set();
    toPrint();
    await everything(true);
    await Promise.all([...document.querySelectorAll(".matrix-of, .timeline")].map(fill));
  }
  print();
  wanted = "summary";
};
addEventListener("beforeprint", () => { if (before === null) toPrint(); });
addEventListener("afterprint", printed);

const move = (by) => {
  const heads = [...$("list").querySelectorAll("button.head")];
  const at = heads.indexOf(document.activeElement);
  heads[Math.max(0, Math.min(heads.length - 1, at + by))]?.focus();
};
const keys = (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches("input, select, textarea");
  if (event.key === "Escape" && typing) event.target.blur();
  else if (typing) return;
  else if (event.key === "/") { event.preventDefault(); $("needle").focus(); $("needle").select(); }
  else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
};

const begin = async () => {
  data = await read("index");
  let first = 0;
  for (const stack of data.stacks) { stack.first = first; first += stack.rows; }
  prepare();
  facetButtons();
  for (const node of [$("search"), $("facets"), $("order"), ...document.querySelectorAll(".tools, .matrix-of, .keys")]) node.hidden = false;
  $("facets").open = matchMedia("(min-width: 52rem)").matches; // on a phone they would fill the screen
  const asked = parsed();
  restore(asked.pairs);
  draw();
  document.querySelectorAll(".matrix-of, .timeline").forEach((node) => node.addEventListener("toggle", () => fill(node)));
  document.querySelectorAll("table.sortable").forEach(sortable);
  document.querySelectorAll(".matrix-of, .timeline").forEach(fill);
  await reveal(asked.target);
  document.body.offsetHeight; // laid out, and not only built, when it says so
  document.documentElement.dataset.ready = Math.round(performance.now());
};

$("search").addEventListener("submit", (event) => event.preventDefault());
$("needle").addEventListener("input", () => { state.words = $("needle").value; changed(); });
$("clear").addEventListener("click", clear);
$("theme").addEventListener("click", () => theme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme ?? "system") + 1) % THEMES.length]));
$("collapse").addEventListener("click", () => {
  const all = [...document.querySelectorAll("main details:not(#facets)")];
  const open = !all.some((node) => node.open);
  for (const node of all) node.open = open;
  $("collapse").textContent = open ? "Collapse all" : "Open all";
});
document.querySelectorAll("button.print").forEach((button) => button.addEventListener("click", () => printAs(button.dataset.print)));
addEventListener("keydown", keys);
addEventListener("hashchange", () => {
  const asked = parsed();
  if (asked.pairs.length) { restore(asked.pairs); draw(); }
  reveal(asked.target).then(() => address(asked.target));
});
try { const kept = localStorage.getItem("stackproof-theme"); if (THEMES.includes(kept)) theme(kept); } catch { /* no memory */ }
begin();
