// A bonus: everything in the page is there without it.
"use strict";
const reveal = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
  if (target) target.scrollIntoView();
};
addEventListener("hashchange", reveal);
if (location.hash) reveal();
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => { d.open = true; }));

const box = document.getElementById("needle");
document.getElementById("filter").hidden = false;
box.addEventListener("input", () => {
  const needle = box.value.trim().toLowerCase();
  document.querySelectorAll(".filterable").forEach((node) => {
    node.hidden = needle !== "" && !node.textContent.toLowerCase().includes(needle);
  });
  if (needle) document.querySelectorAll("details.ledger").forEach((d) => { d.open = true; });
});
