// A thin line at the top while the server answers, shown only when it takes longer than a blink.
export function workLine() {
  const line = document.getElementById("work-line");
  let waiting = 0;
  let timer = null;
  document.addEventListener("htmx:beforeRequest", () => {
    if (waiting++ === 0) timer = setTimeout(() => line?.classList.add("on"), 120);
  });
  document.addEventListener("htmx:afterRequest", () => {
    if (--waiting > 0) return;
    waiting = 0;
    clearTimeout(timer);
    line?.classList.remove("on");
  });
}
