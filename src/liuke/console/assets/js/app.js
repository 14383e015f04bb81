// The console's behaviour: htmx for parts of pages, the drawer, the keyboard, countdowns, toasts.
import htmx from "htmx.org/dist/htmx.esm.js";
import { drawer } from "./drawer.js";
import { tickCountdowns } from "./countdown.js";
import { toast } from "./toast.js";
import { workLine } from "./workline.js";
import { live } from "./live.js";
import { keyboard } from "./keyboard.js";
import { editor } from "./editor.js";
import { more } from "./more.js";
import { unasked } from "./unasked.js";

window.htmx = htmx;
unasked();
drawer(htmx);
keyboard();
workLine();
live(htmx);
editor();
more();
tickCountdowns();
setInterval(tickCountdowns, 1000);
document.addEventListener("htmx:afterSettle", tickCountdowns);
document.addEventListener("htmx:afterSettle", (event) => {
  // An unmasked value does not stay on a screen that nobody sits at.
  for (const shown of event.target.querySelectorAll?.("[data-gone-after]") ?? []) {
    setTimeout(() => shown.remove(), Number(shown.dataset.goneAfter) * 1000);
  }
});

document.addEventListener("liuke:toast", (event) => toast(event.detail));
document.addEventListener("htmx:responseError", (event) => {
  const at = event.detail.xhr.status;
  if (at === 401 || at === 403) window.location.reload();
  else toast({ bad: true, text: document.body.dataset.failed, more: document.body.dataset.failedThen });
});
document.addEventListener("htmx:sendError", () =>
  toast({ bad: true, text: document.body.dataset.offline, more: document.body.dataset.offlineThen }),
);
// A form that could not be taken (422) comes back with its errors marked and is shown.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) Object.assign(event.detail, { shouldSwap: true, isError: false });
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-instant]");
  if (form) form.requestSubmit();
});
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog").close();
  for (const menu of document.querySelectorAll("details.me[open]"))
    if (!menu.contains(event.target)) menu.open = false;
});
