// Evidence of any depth, as a person reads it.
const word = (value) => (value === null ? "none" : String(value));
const isRecord = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isFlat = (value) => Object.values(value).every((item) => item === null || typeof item !== "object");
const isTable = (value) => {
  if (!Array.isArray(value) || !value.length || !value.every((row) => isRecord(row) && isFlat(row))) return false;
  const keys = Object.keys(value[0]).join("\n");
  return keys !== "" && value.every((row) => Object.keys(row).join("\n") === keys);
};
const table = (value) =>
  h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "evidence, table" },
    h("table", { class: "records" },
      h("thead", {}, h("tr", {}, ...Object.keys(value[0]).map((key) => h("th", { scope: "col" }, key)))),
      h("tbody", {}, ...value.map((row) => h("tr", {}, ...Object.values(row).map((item) => h("td", {}, word(item))))))));
const LONG_LIST = 8;
const list = (value) => {
  if (value.length > LONG_LIST && value.every((item) => item === null || typeof item !== "object")) {
    const shown = value.map(word).join(", ");
    return shown.length > 400
      ? h("details", { class: "long" }, h("summary", {}, `${value.slice(0, LONG_LIST).map(word).join(", ")} and ${value.length - LONG_LIST} more`), shown)
      : h("span", { class: "value" }, shown);
  }
  return h("ul", { class: "items" }, ...value.map((item) => h("li", {}, show(item))));
};
const show = (value) => {
  if (value === "" || (typeof value === "object" && value !== null && !Object.keys(value).length)) return h("span", { class: "minor" }, "empty");
  if (isTable(value)) return table(value);
  if (Array.isArray(value)) return list(value);
  if (isRecord(value))
    return h("dl", { class: "fields" }, ...Object.entries(value).map(([key, item]) => h("div", {}, h("dt", {}, ...prose(key)), h("dd", {}, show(item)))));
  if (typeof value === "string" && (value.includes("\n") || value.length > 240)) return h("pre", { tabindex: "0" }, value);
  return h("span", { class: "value" }, word(value));
};

// The clipboard of a page from file:// needs a gesture, and may be refused: then the text is selected.
const copied = async (button, text) => {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    const shown = h("textarea", { class: "copy", readonly: true, "aria-label": "Text to copy" }, text);
    button.after(shown);
    shown.select();
    button.textContent = "Select and copy";
  }
};
const copy = (label, text) => h("button", { type: "button", onclick: (event) => copied(event.currentTarget, text) }, label);
