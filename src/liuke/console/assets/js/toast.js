// A short message at the top right; read out by screen readers.
export function toast({ text, more, bad }) {
  const place = document.getElementById("toasts");
  const box = document.createElement("div");
  box.className = bad ? "toast bad" : "toast";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.body.dataset.icons}#${bad ? "alert-triangle" : "circle-check"}`);
  svg.append(use);
  const words = document.createElement("div");
  words.textContent = text ?? "";
  if (more) {
    const small = document.createElement("small");
    small.textContent = more;
    words.append(small);
  }
  box.append(svg, words);
  place.append(box);
  setTimeout(() => box.remove(), bad ? 9000 : 4500);
}
