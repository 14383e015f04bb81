// The pages of behaviour analysis: charts drawn anew with every answer, pictures of them, links, focus after a button.
import { draw, picture } from "./analysis_charts.js";
import "./step_order.js";

document.addEventListener("htmx:afterSettle", (event) => {
  draw(event.target);
  const place = event.target.id === "builder" && event.target.querySelector("[data-focus]");
  if (place) document.getElementById(place.dataset.focus)?.focus();
});
document.addEventListener("htmx:beforeRequest", (event) => busy(event, true));
document.addEventListener("htmx:afterRequest", (event) => busy(event, false));
draw(document);

// On a phone the answer comes first: a question that was opened by a link stays folded above it.
const fold = document.querySelector("details.fold");
if (fold && window.matchMedia("(max-width: 760px)").matches && window.location.search) fold.open = false;

// The old answer stays, faded, until the new one is there; what takes longer says for how long it has been at it.
let clock = null;
function busy(event, on) {
  const place = event.detail.target;
  if (place?.id !== "answer") return;
  place.setAttribute("aria-busy", String(on));
  clearInterval(clock);
  delete place.dataset.since;
  if (!on) return;
  const begun = Date.now();
  clock = setInterval(() => {
    const seconds = Math.round((Date.now() - begun) / 1000);
    if (seconds > 1) place.dataset.since = place.dataset.words.replace("0", seconds);
  }, 1000);
}

// Nobody waits any more for what is still worked out: the server stops it, as it does for a newer question.
window.addEventListener("pagehide", () => {
  const form = document.getElementById("question");
  if (!form || document.getElementById("answer")?.getAttribute("aria-busy") !== "true") return;
  const page = JSON.parse(form.getAttribute("hx-headers"))["X-Page"];
  const token = JSON.parse(document.body.getAttribute("hx-headers"));
  const body = new URLSearchParams({ page });
  fetch(form.dataset.leave, { method: "POST", keepalive: true, headers: token, body }).catch(() => {});
});

document.addEventListener("click", async (event) => {
  const cell = event.target.closest("[data-cells] button[data-cohort]");
  if (cell) {
    const address = `${cell.closest("table").dataset.cells}&cohort=${cell.dataset.cohort}&k=${cell.dataset.k}`;
    window.htmx.ajax("GET", address, { target: "#drawer-place", swap: "innerHTML" });
  }
  const copy = event.target.closest("[data-copies-link]");
  if (copy) {
    await copyText(window.location.href);
    say(copy.dataset.done);
  }
  const png = event.target.closest("[data-png]");
  if (png) await save(png);
});

// Without https there is no clipboard: a text field that is selected does.
async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

function say(text) {
  document.dispatchEvent(new CustomEvent("liuke:toast", { detail: { text } }));
}

// The record comes first: a picture that cannot be recorded is not made.
async function save(button) {
  const token = JSON.parse(document.body.getAttribute("hx-headers"));
  const said = await fetch(button.dataset.png, { method: "POST", headers: token });
  if (!said.ok) return say(document.body.dataset.failed);
  for (const [n, node] of [...document.querySelectorAll("[data-chart], table[data-title]")].entries()) {
    const made = picture(node, node.dataset.title, button.dataset.mark);
    if (!made) continue;
    const blob = await new Promise((done) => made.toBlob(done, "image/png"));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${button.dataset.name}-${n + 1}.png`;
    link.click();
    URL.revokeObjectURL(link.href);
  }
}
