// A table of coloured cells as a canvas, twice as fine as the screen: every cell as it stands on the page.
const FINE = 2;
const EDGE = 16;

export function tabled(table) {
  const whole = table.getBoundingClientRect();
  const made = document.createElement("canvas");
  made.width = Math.max(Math.ceil(whole.width) + 2 * EDGE, 480) * FINE;
  made.height = Math.ceil(whole.height) * FINE;
  const pen = made.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, made.width, made.height);
  pen.scale(FINE, FINE);
  for (const cell of table.querySelectorAll("th, td")) {
    const at = cell.getBoundingClientRect();
    drawn(pen, cell, new DOMRect(at.x - whole.x + EDGE, at.y - whole.y, at.width, at.height));
  }
  return made;
}

function drawn(pen, cell, at) {
  const look = getComputedStyle(cell);
  pen.save();
  pen.beginPath();
  pen.roundRect(at.x, at.y, at.width, at.height, parseFloat(look.borderTopLeftRadius) || 0);
  pen.clip();
  pen.fillStyle = look.backgroundColor;
  pen.fillRect(at.x, at.y, at.width, at.height);
  if (cell.classList.contains("unripe")) hatched(pen, at);
  pen.restore();
  pen.fillStyle = look.color;
  pen.font = `${look.fontStyle} ${look.fontWeight} ${look.fontSize} ${look.fontFamily}`;
  pen.textBaseline = "middle";
  const side = { center: 0.5, right: 1, end: 1 }[look.textAlign] ?? 0;
  pen.textAlign = ["start", "center", "end"][side * 2];
  const pad = parseFloat(look.paddingInlineStart) || 0;
  pen.fillText(shown(cell), at.x + pad + side * (at.width - 2 * pad), at.y + at.height / 2);
}

// A period that is not over for all, as on the page.
function hatched(pen, at) {
  pen.strokeStyle = "rgb(20 29 47 / 13%)";
  pen.lineWidth = 1;
  pen.beginPath();
  for (let x = at.x - at.height; x < at.right; x += 8) {
    pen.moveTo(x, at.bottom);
    pen.lineTo(x + at.height, at.y);
  }
  pen.stroke();
}

// What eyes read; what is only read out stays out.
function shown(cell) {
  const copy = cell.cloneNode(true);
  for (const hidden of copy.querySelectorAll(".visually-hidden")) hidden.remove();
  return copy.textContent.trim();
}
