// Bundles the console's scripts, styles and icons into src/liuke/console/static/liuke/dist.
// Names carry a content hash; manifest.json maps plain names to them, so browsers may cache for ever.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";

const assets = "src/liuke/console/assets";
const dist = "src/liuke/console/static/liuke/dist";
const icons = "node_modules/@tabler/icons/icons/outline";

function sprite() {
  const names = readFileSync(join(assets, "icons.txt"), "utf8").split(/\s+/).filter(Boolean);
  const symbols = names.map((name) => {
    const svg = readFileSync(join(icons, `${name}.svg`), "utf8");
    const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    const drawn = inner.replace(/<path stroke="none"[^>]*\/>/g, "").replace(/\s+/g, " ").trim();
    return `<symbol id="${name}" viewBox="0 0 24 24">${drawn}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

function hashed(name, text) {
  const mark = createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase();
  const [stem, end] = name.split(".");
  return `${stem}.${mark}.${end}`;
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
const manifest = {};
const result = await build({
  entryPoints: { app: join(assets, "js/app.js"), analysis: join(assets, "js/analysis.js"), charts: join(assets, "js/charts.js"), console: join(assets, "css/console.css"), report: join(assets, "css/report.css") },
  outdir: dist,
  entryNames: "[name].[hash]",
  bundle: true,
  minify: true,
  metafile: true,
  format: "iife",
  target: ["chrome90", "firefox88", "safari15"],
  loader: { ".svg": "file" },
  legalComments: "none",
  logLevel: "warning",
});
for (const [path, info] of Object.entries(result.metafile.outputs)) {
  if (!info.entryPoint) continue;
  const plain = basename(path).replace(/\.[0-9A-Z]{8}\./, ".");
  manifest[plain] = basename(path);
}
for (const [name, text] of [
  ["icons.svg", sprite()],
  ["mark.svg", readFileSync(join(assets, "mark.svg"), "utf8")],
]) {
  manifest[name] = hashed(name, text);
  writeFileSync(join(dist, manifest[name]), text);
}
writeFileSync(join(dist, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
for (const file of readdirSync(dist)) {
  const bytes = readFileSync(join(dist, file));
  console.log(`${file.padEnd(28)} ${String(bytes.length).padStart(8)} bytes, ${gzipSync(bytes).length} gzip`);
}
