// The order's drawer: opened from a row, closed by Escape or its button, focus goes in and comes back.
let opener = null;
let link = null;

export function rows() {
  return [...document.querySelectorAll("tr[data-order]")];
}

export function selectRow(row) {
  for (const each of rows()) each.setAttribute("aria-selected", String(each === row));
  row?.scrollIntoView({ block: "nearest" });
}

export function openRow(row) {
  if (!row) return;
  selectRow(row);
  opener = row.dataset.order;
  row.querySelector("a[data-drawer]").dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
}

export function closeDrawer() {
  const place = document.getElementById("drawer-place");
  if (!place?.firstElementChild) return false;
  place.replaceChildren();
  const row = rows().find((each) => each.dataset.order === opener) ?? rows()[0];
  (row?.querySelector("a[data-drawer]") ?? link)?.focus();
  return true;
}

export function drawer(htmx) {
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-drawer]")) return void closeDrawer();
    link = event.target.closest("a[data-drawer]") ?? link;
    const row = event.target.closest("tr[data-order]");
    if (!row) return;
    opener = row.dataset.order;
    if (event.target.closest("a, button, input")) selectRow(row);
    else openRow(row);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const panel = event.target.id === "drawer-place" && event.target.querySelector(".drawer");
    if (panel) panel.querySelector("h2").focus();
    markResult(document.querySelector("form.log"));
  });
  // After an outcome is logged the server says so: the drawer closes and the list is read again.
  document.addEventListener("liuke:order-changed", () => {
    closeDrawer();
    const list = document.getElementById("orders");
    // The search text stands in the list's form only, never in the address.
    const search = list?.querySelector("input[name=q]")?.defaultValue;
    const values = search ? { q: search } : {};
    if (list) htmx.ajax("GET", window.location.pathname + window.location.search, { target: "#orders", swap: "outerHTML", select: "#orders", values });
    const greet = document.getElementById("greet");
    if (greet) htmx.ajax("GET", window.location.pathname, { target: "#greet", swap: "outerHTML", select: "#greet" });
  });
  document.addEventListener("change", (event) => markResult(event.target.closest("form.log")));
}

function markResult(form) {
  if (!form) return;
  const send = form.querySelector("button[type=submit]");
  const at = form.elements.at;
  at.hidden = form.elements.next.value !== "at";
  send.disabled = !form.querySelector("input[name=answer]:checked") || (!at.hidden && !at.value);
}
