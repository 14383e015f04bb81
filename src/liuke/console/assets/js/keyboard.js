// X ticks the row, J / K move through the list (and through the drawer when it is open), Enter opens, Escape closes, / searches.
import { closeDrawer, openRow, rows, selectRow } from "./drawer.js";

function typing(target) {
  return target.closest("input:not([type=radio], [type=checkbox]), select, textarea, [contenteditable]") !== null;
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const here = all.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const next = all[Math.min(Math.max(here + by, 0), all.length - 1)];
  if (document.querySelector("#drawer-place .drawer")) openRow(next);
  else selectRow(next);
}

export function keyboard() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      if (typing(event.target)) event.target.blur();
      else closeDrawer();
      return;
    }
    if (typing(event.target)) return;
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") step(key === "j" ? 1 : -1);
    else if (key === "x") rows().find((row) => row.getAttribute("aria-selected") === "true")?.querySelector(".tickbox")?.click();
    else if (key === "/") {
      event.preventDefault();
      document.querySelector("[data-find]")?.focus();
    } else if (event.key === "Enter" && !event.target.closest("a, button, input, summary")) {
      openRow(rows().find((row) => row.getAttribute("aria-selected") === "true"));
    }
  });
}
