// On a phone the navigation shows its first entries; "more" opens the others above them.
function set(button, open) {
  button.setAttribute("aria-expanded", String(open));
  button.closest(".side").classList.toggle("open", open);
}

export function more() {
  document.addEventListener("click", (event) => {
    const button = document.querySelector("[data-more]");
    if (!button) return;
    const open = button.getAttribute("aria-expanded") === "true";
    if (event.target.closest("[data-more]")) set(button, !open);
    else if (open && !event.target.closest(".side")) set(button, false);
  });
  document.addEventListener("keydown", (event) => {
    const button = document.querySelector('[data-more][aria-expanded="true"]');
    if (!button || event.key !== "Escape") return;
    set(button, false);
    button.focus();
  });
}
