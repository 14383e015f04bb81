// A plain text editor for rules: line numbers, indenting by Tab, marked lines, and pieces put in at the cursor.
const STEP = "  ";

export function editor() {
  for (const box of document.querySelectorAll("[data-editor]")) begin(box);
}

function begin(box) {
  const text = box.querySelector("textarea");
  const gutter = box.querySelector(".gutter");
  let free = false; // after Escape the next Tab leaves, or nobody could go on by keyboard
  const number = () => draw(gutter, text.value.split("\n").length, marked());
  text.addEventListener("input", number);
  text.addEventListener("scroll", () => (gutter.scrollTop = text.scrollTop));
  text.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return void (free = true);
    if (event.key === "Tab" && !free && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      indent(text, event.shiftKey);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      put(text, "\n" + lead(text));
    }
    if (event.key !== "Shift") free = false;
  });
  document.addEventListener("click", (event) => {
    const piece = event.target.closest("[data-inserts]");
    if (!piece) return;
    text.focus();
    put(text, piece.dataset.inserts.trimEnd().split("\n").join("\n" + lead(text)));
  });
  document.addEventListener("click", (event) => {
    const plan = event.target.closest("[data-fills]");
    if (plan) fill(text, JSON.parse(plan.dataset.fills));
  });
  document.addEventListener("htmx:afterSettle", number);
  guard(text);
  number();
}

// Lines that the last check found wrong.
function marked() {
  const lines = document.querySelector("#verdict [data-lines]")?.dataset.lines ?? "";
  return new Set(lines.split(" ").filter(Boolean).map(Number));
}

function draw(gutter, count, wrong) {
  const lines = Array.from({ length: count }, (_none, n) => {
    const line = document.createElement("div");
    line.textContent = String(n + 1);
    if (wrong.has(n + 1)) line.className = "wrong";
    return line;
  });
  gutter.replaceChildren(...lines);
}

// What the browser's own undo remembers: execCommand is old, and the only way that keeps it.
function put(text, piece) {
  if (!document.execCommand("insertText", false, piece)) {
    text.setRangeText(piece, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// Top-level keys of a YAML text get these values, where they stand or at its end; one step for the browser's undo.
function fill(text, values) {
  let whole = text.value.replace(/\n*$/, "\n");
  for (const [key, value] of Object.entries(values)) {
    const line = `${key}: ${value}`;
    const old = new RegExp(`^${key}:.*(\\n[ \\t]+.*)*`, "m");
    whole = old.test(whole) ? whole.replace(old, () => line) : `${whole}${line}\n`;
  }
  text.focus();
  text.select();
  put(text, whole);
}

function lead(text) {
  const before = text.value.slice(0, text.selectionStart);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  return line.match(/^ */)[0] + (/:\s*$/.test(line) ? STEP : "");
}

function indent(text, back) {
  const { selectionStart: from, selectionEnd: to, value } = text;
  if (from === to && !back) return void put(text, STEP);
  const first = value.lastIndexOf("\n", from - 1) + 1;
  const lines = value.slice(first, to).split("\n");
  const moved = lines.map((line) => (back ? line.replace(/^ {1,2}/, "") : line && STEP + line)).join("\n");
  text.setSelectionRange(first, to);
  put(text, moved);
  text.setSelectionRange(first, first + moved.length);
}

// A text that was typed and not saved does not go without a question.
function guard(text) {
  const before = text.value;
  let sent = false;
  text.form.addEventListener("submit", () => (sent = true));
  window.addEventListener("beforeunload", (event) => {
    if (!sent && text.value !== before) event.preventDefault();
  });
}
