// Charts of behaviour analysis with ECharts, only the parts used; one function per kind of picture.
import { getInstanceByDom, init, use } from "echarts/core";
import { BarChart, LineChart, SankeyChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";
import { tabled } from "./table_picture.js";

use([BarChart, LineChart, SankeyChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const whole = (share) => `${Math.round(share * 100)}%`;
const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

export function draw(root) {
  for (const node of root.querySelectorAll?.("[data-chart]") ?? []) {
    const data = JSON.parse(document.getElementById(node.dataset.chart).textContent);
    const chart = getInstanceByDom(node) ?? init(node, null, { renderer: "canvas" });
    chart.setOption({ ...frame(data), ...KINDS[data.kind](data, node) }, true);
    KINDS[data.kind].bind?.(chart, data);
    new ResizeObserver(() => chart.resize()).observe(node);
  }
}

// A chart or a heat map with its title above and who made it below, twice as fine as the screen.
export function picture(node, title, mark) {
  const drawn = node.matches("table")
    ? tabled(node)
    : getInstanceByDom(node)?.renderToCanvas({ pixelRatio: 2, backgroundColor: "#fff" });
  if (!drawn) return null;
  const made = document.createElement("canvas");
  made.width = drawn.width;
  made.height = drawn.height + 150;
  const pen = made.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, made.width, made.height);
  pen.drawImage(drawn, 0, 80);
  const font = getComputedStyle(document.body).fontFamily;
  pen.fillStyle = css("--ink");
  pen.font = `700 32px ${font}`;
  pen.fillText(title, 32, 54);
  pen.fillStyle = css("--ink-3");
  pen.font = `24px ${font}`;
  pen.fillText(mark, 32, made.height - 26);
  across(pen, made, mark, font);
  return made;
}

function across(pen, made, mark, font) {
  pen.save();
  pen.globalAlpha = 0.07;
  pen.fillStyle = "#000";
  pen.font = `28px ${font}`;
  pen.translate(made.width / 2, made.height / 2);
  pen.rotate(-Math.PI / 9);
  const wide = pen.measureText(mark).width + 120;
  for (let y = -made.height; y < made.height; y += 190)
    for (let x = -made.width; x < made.width; x += wide) pen.fillText(mark, x + (y / 190) * 90, y);
  pen.restore();
}

function frame(data) {
  return {
    aria: { enabled: true, label: { description: data.description } },
    animationDuration: still() ? 0 : 400,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
  };
}

function bubble(data, trigger = "item") {
  return {
    trigger,
    renderMode: "richText",
    confine: true,
    backgroundColor: "#fff",
    borderColor: css("--line"),
    textStyle: { color: css("--ink"), fontSize: 12.5, lineHeight: 20 },
    formatter: (found) => data.tips[(Array.isArray(found) ? found[0] : found).dataIndex],
  };
}

function category(labels, more = {}) {
  return {
    type: "category",
    data: labels,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: css("--line") } },
    axisLabel: { color: css("--ink-3"), hideOverlap: true },
    ...more,
  };
}

function shares(more = {}) {
  return {
    type: "value",
    min: 0,
    axisLabel: { color: css("--ink-3"), formatter: whole },
    splitLine: { lineStyle: { color: css("--line-2") } },
    ...more,
  };
}

// Steps below one another; a bar is the share of those who entered, behind it the whole and, thin, the period before.
function funnel(data, node) {
  const narrow = node.clientWidth < 520;
  const name = narrow ? 96 : 150;
  const label = (index) => data.told[index];
  const main = {
    type: "bar",
    name: data.words.now,
    data: data.values.map((v, n) => ({ value: v ?? 0, itemStyle: { opacity: Math.max(0.45, 1 - 0.11 * n) } })),
    barWidth: data.before.length ? 20 : 28,
    itemStyle: { color: css("--blue"), borderRadius: 5 },
    showBackground: true,
    backgroundStyle: { color: "#f0f3f9", borderRadius: 5 },
    cursor: "pointer",
  };
  const before = {
    type: "bar", name: data.words.before, data: data.before, barWidth: 8, barGap: "25%",
    itemStyle: { color: "#9aa8c4", borderRadius: 3 }, cursor: "pointer",
  };
  return {
    grid: { left: name + 8, right: narrow ? 92 : 128, top: data.before.length ? 30 : 6, bottom: 4 },
    legend: data.before.length ? { top: 0, right: 0, itemWidth: 14, itemHeight: 8, textStyle: { color: css("--ink-3") } } : undefined,
    tooltip: bubble(data),
    xAxis: { type: "value", min: 0, max: 1, show: false },
    yAxis: [
      category(data.labels, { inverse: true, axisLine: { show: false }, axisLabel: { color: css("--ink"), width: name, overflow: "truncate", align: "left", margin: name, hideOverlap: false } }),
      category(data.labels.map((_l, n) => label(n)), { inverse: true, position: "right", axisLine: { show: false }, axisLabel: { color: css("--ink-2"), fontWeight: 600, hideOverlap: false } }),
    ],
    series: data.before.length ? [main, before] : [main],
  };
}

// A step's bar opens who stopped before it, as the link in the table does.
funnel.bind = (chart) => {
  chart.off("click");
  chart.on("click", (found) => document.querySelector(`[data-step="${found.dataIndex + 1}"]`)?.click());
};

// Complete days are a solid line; the rest, which may still rise, goes on dashed.
function trend(data) {
  const open = data.mature.indexOf(false);
  const cut = open < 0 ? data.values.length : open;
  const blue = css("--blue");
  const one = { type: "line", connectNulls: false, symbol: "circle", symbolSize: data.values.length > 45 ? 0 : 5, itemStyle: { color: blue } };
  return {
    grid: { left: 46, right: 14, top: 12, bottom: 28 },
    tooltip: bubble(data, "axis"),
    xAxis: category(data.labels, { boundaryGap: false }),
    yAxis: shares(),
    series: [
      { ...one, data: data.values.map((v, n) => (n < cut ? v : null)), lineStyle: { color: blue, width: 2.5 }, areaStyle: { color: blue, opacity: 0.08 } },
      { ...one, data: data.values.map((v, n) => (n >= cut - 1 ? v : null)), lineStyle: { color: blue, width: 2, type: "dashed" }, symbolSize: 0 },
    ],
  };
}

function columns(data) {
  return {
    grid: { left: 46, right: 12, top: 12, bottom: 28 },
    tooltip: bubble(data),
    xAxis: category(data.labels),
    yAxis: { type: "value", minInterval: 1, axisLabel: { color: css("--ink-3") }, splitLine: { lineStyle: { color: css("--line-2") } } },
    series: [{ type: "bar", data: data.values, barCategoryGap: "28%", itemStyle: { color: css("--blue"), borderRadius: [4, 4, 0, 0] } }],
  };
}

// Lines over periods, each with its interval as a band of its own colour.
function bands(data) {
  const colours = [css("--blue"), "#667189", "#d97f0c"];
  const series = data.lines.flatMap((line, n) => {
    const low = line.points.map((p) => p.low);
    const width = line.points.map((p) => (p.low === null ? null : p.high - p.low));
    const quiet = { type: "line", symbol: "none", lineStyle: { opacity: 0 }, silent: true, tooltip: { show: false }, stack: `band ${n}` };
    return [
      { ...quiet, data: low },
      { ...quiet, data: width, areaStyle: { color: colours[n], opacity: 0.14 } },
      { type: "line", name: line.name, data: line.points.map((p) => p.value), symbol: "circle", symbolSize: 6, itemStyle: { color: colours[n] }, lineStyle: { color: colours[n], width: 2.5, type: line.dashed ? "dashed" : "solid" } },
    ];
  });
  return {
    grid: { left: 46, right: 18, top: 34, bottom: 28 },
    legend: { top: 0, right: 0, data: data.lines.map((line) => line.name), textStyle: { color: css("--ink-3") } },
    tooltip: bubble(data, "axis"),
    xAxis: category(data.labels, { boundaryGap: false }),
    yAxis: shares({ max: 1 }),
    series,
  };
}

// Counts over days.
function counts(data) {
  const colours = ["#9aa8c4", "#23a58e", css("--blue")];
  return {
    grid: { left: 54, right: 18, top: 34, bottom: 28 },
    legend: { top: 0, right: 0, textStyle: { color: css("--ink-3") } },
    tooltip: bubble(data, "axis"),
    xAxis: category(data.labels, { boundaryGap: false }),
    yAxis: { type: "value", min: 0, minInterval: 1, axisLabel: { color: css("--ink-3") }, splitLine: { lineStyle: { color: css("--line-2") } } },
    series: data.lines.map((line, n) => ({ type: "line", name: line.name, data: line.values, symbol: "circle", symbolSize: 4, itemStyle: { color: colours[n] }, lineStyle: { color: colours[n], width: 2.2 } })),
  };
}

// Where people go within a session: a column per step, links as wide as they are frequent; leaving is grey.
function sankey(data, node) {
  const colours = [css("--blue"), "#23a58e", "#d97f0c", "#6d45dd", "#2b8fc7", "#b5532f"];
  const names = [...new Set(data.nodes.filter((n) => !n.kind).map((n) => n.label))];
  const colour = (n) => (n.kind === "over" ? "#b9c2d3" : n.kind === "rest" ? "#8f9bb3" : colours[names.indexOf(n.label) % colours.length]);
  const narrow = node.clientWidth < 520;
  return {
    tooltip: {
      ...bubble(data),
      trigger: "item",
      formatter: (found) => (found.dataType === "edge" ? found.data.tip : `${found.data.label}  ${found.value.toLocaleString("en-US")}`),
    },
    series: [{
      type: "sankey", left: 4, right: narrow ? 64 : 100, top: 8, bottom: 8, nodeWidth: 12, nodeGap: 12, draggable: false,
      emphasis: { focus: "adjacency" }, layoutIterations: 48,
      lineStyle: { color: "gradient", opacity: 0.28, curveness: 0.5 },
      label: { color: css("--ink"), fontSize: narrow ? 10.5 : 12, width: narrow ? 60 : 110, overflow: "truncate", formatter: (found) => found.data.label },
      data: data.nodes.map((n) => ({ ...n, itemStyle: { color: colour(n) } })),
      links: data.links,
    }],
  };
}

// Stages from left to right: how many cases came there, and over them how much it hurts.
function journey(data, node) {
  const narrow = node.clientWidth < 520;
  const red = css("--red");
  return {
    grid: { left: 34, right: 10, top: 34, bottom: 46 },
    legend: { top: 0, right: 0, textStyle: { color: css("--ink-3") } },
    tooltip: bubble(data, "axis"),
    xAxis: category(data.labels.map((label, n) => `${label}\n${data.told[n]}`), { axisLabel: { color: css("--ink-2"), interval: 0, lineHeight: 18, width: narrow ? 48 : 110, overflow: "truncate", fontSize: narrow ? 10.5 : 12 } }),
    yAxis: [
      { type: "value", min: 0, max: 1, show: false },
      { type: "value", min: 0, max: Math.max(40, ...data.pains.map((v) => v ?? 0)), splitLine: { lineStyle: { color: css("--line-2") } }, axisLabel: { color: css("--ink-3") }, position: "left" },
    ],
    series: [
      { type: "bar", name: data.words.cases, data: data.cases, barWidth: "46%", itemStyle: { color: css("--blue-mid"), borderRadius: [4, 4, 0, 0] } },
      { type: "line", name: data.words.pain, yAxisIndex: 1, data: data.pains, smooth: 0.25, symbol: "circle", symbolSize: 9, itemStyle: { color: red }, lineStyle: { color: red, width: 2.5 }, label: { show: true, color: css("--red-strong"), fontWeight: 700 } },
    ],
  };
}

// The share as `trend` draws it, with the pain score on an axis of its own.
function journeyTrend(data) {
  const base = trend(data);
  const red = css("--red");
  return {
    ...base,
    grid: { left: 46, right: 40, top: 34, bottom: 28 },
    legend: { top: 0, right: 0, data: [data.words.share, data.words.pain], textStyle: { color: css("--ink-3") } },
    yAxis: [shares(), { type: "value", min: 0, splitLine: { show: false }, axisLabel: { color: css("--ink-3") } }],
    series: [
      ...base.series.map((one) => ({ ...one, name: data.words.share })),
      { type: "line", name: data.words.pain, yAxisIndex: 1, data: data.pains, symbol: "circle", symbolSize: 4, itemStyle: { color: red }, lineStyle: { color: red, width: 1.8 } },
    ],
  };
}

const KINDS = { funnel, trend, columns, bands, counts, sankey, journey, journeyTrend };
