// 1 to 7 choose an outcome in the open drawer and Enter sends it; X ticks the row, J / K move through the list (and through the drawer when it is open), Enter opens, Escape closes, / searches.
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

function answers() {
  return [...document.querySelectorAll("#drawer-place form.log input[name=answer]")];
}

// An outcome by its number; what was chosen is sent by Enter, so that a slip of the finger sends nothing.
function choose(number) {
  const input = answers()[number - 1];
  if (!input) return;
  input.checked = true;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function enter() {
  const chosen = answers().find((each) => each.checked);
  if (chosen) chosen.form.requestSubmit();
  else openRow(rows().find((row) => row.getAttribute("aria-selected") === "true"));
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
    } else if (/^[1-7]$/.test(key)) choose(Number(key));
    else if (event.key === "Enter" && !event.target.closest("a, button, summary, input:not([type=radio])")) enter();
  });
}
