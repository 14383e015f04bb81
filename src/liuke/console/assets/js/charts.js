// Charts with ECharts, only the parts used. Tooltips are drawn as rich text: HTML tooltips would break the CSP.
import { init, use } from "echarts/core";
import { LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";

use([LabelLayout, LineChart, AriaComponent, GridComponent, TooltipComponent, CanvasRenderer]);

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const percent = (share) => (share === null ? "—" : `${(share * 100).toFixed(1)}%`);

function band(arm, colour, opacity) {
  const low = arm.map((p) => p.low);
  const width = arm.map((p) => (p.low === null ? null : p.high - p.low));
  const shape = { type: "line", symbol: "none", lineStyle: { opacity: 0 }, silent: true, tooltip: { show: false } };
  return [
    { ...shape, data: low, stack: colour },
    { ...shape, data: width, stack: colour, areaStyle: { color: colour, opacity } },
  ];
}

function line(name, arm, colour, type) {
  const last = arm.at(-1);
  return {
    name,
    type: "line",
    data: arm.map((p) => p.value),
    symbol: arm.length < 3 ? "circle" : "none",
    symbolSize: 7,
    lineStyle: { color: colour, width: type === "solid" ? 2.5 : 2, type },
    itemStyle: { color: colour },
    labelLayout: { moveOverlap: "shiftY" },
    endLabel: { show: true, formatter: `${name} ${percent(last?.value ?? null)}`, color: colour, fontWeight: 600, distance: 8 },
  };
}

// What every chart over time has in common.
function frame(data) {
  return {
    aria: { enabled: true, label: { description: data.description } },
    animationDuration: 500,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
  };
}

function bubble(border) {
  return {
    trigger: "axis",
    renderMode: "richText",
    backgroundColor: "#fff",
    borderColor: border,
    textStyle: { color: css("--ink"), fontSize: 12.5, lineHeight: 20 },
  };
}

function curve(node, data) {
  const [blue, grey, ink, rule] = [css("--blue"), "#667189", css("--ink-3"), css("--line")];
  const { treated, holdout, labels } = data;
  const lows = [...treated, ...holdout].map((p) => p.low ?? p.value).filter((v) => v !== null);
  const floor = Math.max(0, Math.floor((Math.min(...lows) - 0.02) * 20) / 20);
  const chart = init(node, null, { renderer: "canvas" });
  chart.setOption({
    ...frame(data),
    grid: { left: 48, right: 108, top: 16, bottom: 30 },
    tooltip: {
      ...bubble(rule),
      formatter: ([first]) => {
        const [t, h] = [treated[first.dataIndex], holdout[first.dataIndex]];
        const row = (name, p) => `${name}  ${percent(p.value)}  [${percent(p.low)}, ${percent(p.high)}]  n=${p.n}`;
        const gap = t.value === null || h.value === null ? "—" : `${((t.value - h.value) * 100).toFixed(2)} pp`;
        return `${data.days[first.dataIndex]}\n${row(labels.treated, t)}\n${row(labels.holdout, h)}\n${labels.gap}  ${gap}`;
      },
    },
    xAxis: { type: "category", data: data.days, boundaryGap: data.days.length < 2, axisLine: { lineStyle: { color: rule } }, axisTick: { show: false }, axisLabel: { color: ink, hideOverlap: true } },
    yAxis: { type: "value", min: floor, max: 1, axisLabel: { color: ink, formatter: (v) => `${Math.round(v * 100)}%` }, splitLine: { lineStyle: { color: rule } } },
    series: [
      ...band(holdout, grey, 0.13),
      ...band(treated, blue, 0.16),
      line(labels.holdout, holdout, grey, "dashed"),
      line(labels.treated, treated, blue, "solid"),
    ],
  });
  new ResizeObserver(() => chart.resize()).observe(node);
}

// Saves so far: a line with its band, and zero as a rule: a band that holds it says that nothing is shown yet.
function cumulated(node, data) {
  const [blue, ink, rule] = [css("--blue"), css("--ink-3"), css("--line")];
  const chart = init(node, null, { renderer: "canvas" });
  const whole = (value) => Math.round(value).toLocaleString("en-US");
  chart.setOption({
    ...frame(data),
    grid: { left: 58, right: 24, top: 16, bottom: 30 },
    tooltip: {
      ...bubble(rule),
      formatter: ([first]) => data.tips[first.dataIndex],
    },
    xAxis: { type: "category", data: data.labels, boundaryGap: data.labels.length < 2, axisLine: { onZero: false, lineStyle: { color: rule } }, axisTick: { show: false }, axisLabel: { color: ink, hideOverlap: true } },
    yAxis: { type: "value", axisLabel: { color: ink, formatter: whole }, splitLine: { lineStyle: { color: rule } } },
    series: [
      ...range(data.values, blue),
      { type: "line", data: data.values.map(() => 0), symbol: "none", silent: true, tooltip: { show: false }, lineStyle: { color: "#7d889e", width: 1.4, type: "dashed" } },
      { type: "line", data: data.values.map((p) => p.value), symbol: "circle", symbolSize: 7, lineStyle: { color: blue, width: 2.5 }, itemStyle: { color: blue } },
    ],
  });
  new ResizeObserver(() => chart.resize()).observe(node);
}

// A band over both sides of zero: ECharts stacks what lies above and below zero apart, so it is cut there.
function range(points, colour) {
  const shape = { type: "line", symbol: "none", lineStyle: { opacity: 0 }, silent: true, tooltip: { show: false } };
  const fill = { areaStyle: { color: colour, opacity: 0.16 } };
  const each = (pick) => points.map((p) => (p.low === null ? null : pick(p.low, p.high)));
  return [
    { ...shape, data: each((low) => Math.max(low, 0)), stack: "above" },
    { ...shape, ...fill, data: each((low, high) => Math.max(high, 0) - Math.max(low, 0)), stack: "above" },
    { ...shape, data: each((low, high) => Math.min(high, 0)), stack: "below" },
    { ...shape, ...fill, data: each((low, high) => Math.min(low, 0) - Math.min(high, 0)), stack: "below" },
  ];
}

for (const node of document.querySelectorAll("[data-cumulated]"))
  cumulated(node, JSON.parse(document.getElementById(node.dataset.cumulated).textContent));
for (const node of document.querySelectorAll("[data-curve]"))
  curve(node, JSON.parse(document.getElementById(node.dataset.curve).textContent));
