// Steps are put in another order by dragging their numbers; whoever uses no pointer has their buttons. The server
// answers with the new order, so nothing moves in the page itself.
let drag = null;

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("[data-drags]");
  if (!grip || event.button !== 0) return;
  event.preventDefault();
  grip.setPointerCapture(event.pointerId);
  const step = grip.closest("li");
  const steps = [...step.parentElement.children];
  const middles = steps.map((each) => middle(each));
  const from = steps.indexOf(step);
  drag = { step, steps, middles, from, to: from, begun: event.pageY };
  step.classList.add("dragged");
});

document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const { step, steps, middles, from } = drag;
  const by = event.pageY - drag.begun;
  step.style.translate = `0 ${by}px`;
  drag.to = middles.filter((each, n) => n !== from && each < middles[from] + by).length;
  steps.forEach((each, n) => {
    each.classList.toggle("goes-before", n === drag.to && n < from);
    each.classList.toggle("goes-after", n === drag.to && n > from);
  });
});

document.addEventListener("pointerup", () => over(true));
document.addEventListener("pointercancel", () => over(false));

function over(wanted) {
  if (!drag) return;
  const { step, steps, from, to } = drag;
  drag = null;
  step.style.translate = "";
  for (const each of steps) each.classList.remove("dragged", "goes-before", "goes-after");
  const button = document.getElementById("move");
  if (!wanted || to === from || !button) return;
  button.value = `move-${from + 1}-${to + 1}`;
  button.click();
}

function middle(node) {
  const box = node.getBoundingClientRect();
  return box.top + box.height / 2 + window.scrollY;
}
