// What a page reads by itself (news, clocks, states of long work) carries a mark: it must not keep a session alive that
// nobody uses. Whatever follows within some seconds of a key or a click counts as asked for.
const WITHIN_MS = 8000;
let acted = Date.now();

export function unasked() {
  for (const kind of ["pointerdown", "keydown", "input", "change"])
    document.addEventListener(kind, (event) => event.isTrusted && (acted = Date.now()), true);
  document.addEventListener("htmx:configRequest", (event) => {
    if (Date.now() - acted > WITHIN_MS) event.detail.headers["X-Unasked"] = "1";
  });
}
