// Countdowns to a deadline: text and ring. The page carries due and start as epoch milliseconds.
const pad = (n) => String(n).padStart(2, "0");

function text(milliseconds, words) {
  const all = Math.floor(Math.abs(milliseconds) / 1000);
  const days = Math.floor(all / 86400);
  const clock = `${Math.floor((all % 86400) / 3600)}:${pad(Math.floor((all % 3600) / 60))}:${pad(all % 60)}`;
  return days ? `${days}${words.day} ${clock.replace(/:\d\d$/, "")}` : clock;
}

export function tickCountdowns() {
  const words = document.body.dataset;
  const skew = Number(words.skew ?? 0);
  const now = Date.now() + skew;
  for (const each of document.querySelectorAll("[data-due]")) {
    const due = Number(each.dataset.due);
    const start = Number(each.dataset.start);
    const left = due - now;
    each.querySelector("b").textContent = text(left, words);
    each.querySelector("small").textContent = left < 0 ? words.late : words.left;
    each.classList.toggle("late", left < 0);
    each.classList.toggle("soon", left >= 0 && now >= Number(each.dataset.warn));
    const share = left < 0 ? 1 : Math.min(1, Math.max(0.02, left / Math.max(1, due - start)));
    each.querySelector(".hand").setAttribute("stroke-dasharray", `${(share * 69.1).toFixed(1)} 69.1`);
  }
}
