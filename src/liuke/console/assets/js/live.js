// News of orders while a page is open. One tab holds the stream and tells the others: browsers allow six connections
// to a server over HTTP/1.1, and a seventh tab would hang. The news is only a hint: the page reads its list again.
import { toast } from "./toast.js";

export function live(htmx) {
  const address = document.body.dataset.live;
  if (!address || !window.EventSource) return;
  const others = window.BroadcastChannel ? new BroadcastChannel("liuke-live") : null;
  const listen = () => hold(address, (news) => (others?.postMessage(news), hear(htmx, news)), () => refresh(htmx));
  if (others) others.onmessage = (event) => hear(htmx, event.data);
  if (others && navigator.locks) navigator.locks.request("liuke-live", () => new Promise(listen));
  else listen();
}

function hold(address, tell, again) {
  let before = false;
  const source = new EventSource(address);
  source.addEventListener("order", (event) => tell(JSON.parse(event.data)));
  // After a break something may have been missed.
  source.addEventListener("ready", () => (before && again(), (before = true)));
}

let said = "";

// The same said again within a second, as by a sweep over many orders, is said once.
function hear(htmx, news) {
  if (news.text !== said) {
    said = news.text;
    setTimeout(() => (said = ""), 1000);
    toast({ text: news.text, more: news.more });
  }
  refresh(htmx);
}

let waiting = null;

// Many orders at once, as in the morning, are one reading of the list.
function refresh(htmx) {
  waiting ??= setTimeout(() => {
    waiting = null;
    for (const part of ["orders", "greet"]) {
      const place = document.getElementById(part);
      if (!place || place.contains(document.activeElement?.closest("input, select"))) continue;
      if (place.querySelector(".tickbox:checked")) continue;
      const here = `#${part}`;
      htmx.ajax("GET", window.location.href, { source: place, target: here, select: here, swap: "outerHTML" });
    }
  }, 60);
}
