"""The card's style sheet: the console's tokens, since the card is opened beside it."""

STYLE = """
:root { --ink:#141d2f; --ink-2:#33415c; --ink-3:#55627c; --page:#f3f5f9; --card:#fff; --line:#e3e8f1;
  --line-2:#eef1f6; --blue:#2350d8; --blue-soft:#e8eefe; --blue-mid:#aac0fa; --orange-soft:#fdf0dc;
  --orange-ink:#8a4d00; --green-soft:#e0f4ee; --green-ink:#08664f; --red-soft:#fdebed; --red-strong:#a81b2d;
  --navy:#0f1b33; --navy-2:#17284f; --shadow:0 1px 2px rgb(20 29 47 / 5%),0 2px 8px rgb(20 29 47 / 4%); }
*,*::before,*::after { box-sizing:border-box; }
body { margin:0; background:var(--page); color:var(--ink); font:14px/1.55 "PingFang SC","HarmonyOS Sans SC",
  "Microsoft YaHei UI","Microsoft YaHei","Noto Sans CJK SC","Source Han Sans SC",system-ui,sans-serif;
  font-variant-numeric:tabular-nums; -webkit-font-smoothing:antialiased; }
h1,h2,h3,p,ul,figure,dl,dd { margin:0; padding:0; }
.visually-hidden { position:absolute; width:1px; height:1px; overflow:hidden; clip-path:inset(50%);
  white-space:nowrap; }
input.tongue:focus-visible ~ header .switch { outline:2px solid #fff; outline-offset:3px; }
#tongue-zh:checked ~ header .en,#tongue-zh:checked ~ main .en,
#tongue-en:checked ~ header .zh,#tongue-en:checked ~ main .zh { display:none; }
header { background:linear-gradient(120deg,var(--navy),var(--navy-2)); color:#fff; padding:28px 0 84px; }
.in { max-width:1160px; margin:0 auto; padding:0 24px; }
.bar { display:flex; align-items:center; gap:12px; margin-bottom:22px; color:#c9d5f2; font-size:13px; }
.bar .brand { white-space:nowrap; color:#fff; font-weight:700; font-size:15px; letter-spacing:.04em; }
.switch { margin-left:auto; display:flex; border:1px solid rgb(255 255 255 / 28%); border-radius:8px;
  overflow:hidden; }
.switch label { white-space:nowrap; padding:4px 14px; cursor:pointer; color:#dbe5ff; }
#tongue-zh:checked ~ header label[for=tongue-zh],#tongue-en:checked ~ header label[for=tongue-en] {
  background:#fff; color:var(--navy); font-weight:600; }
h1 { font-size:26px; line-height:1.25; letter-spacing:.01em; }
header .purpose { color:#c9d5f2; margin-top:8px; max-width:76ch; }
main { margin-top:-58px; padding-bottom:48px; }
.tiles { display:grid; grid-template-columns:repeat(auto-fit,minmax(150px,1fr)); gap:14px; margin-bottom:14px; }
.tile,.card { background:var(--card); border:1px solid var(--line); border-radius:12px; box-shadow:var(--shadow); }
.tile { padding:16px 18px; } .tile b { display:block; font-size:25px; line-height:1.2; font-weight:650; }
.tile span { color:var(--ink-3); font-size:12.5px; } .tile small { display:block; color:var(--ink-3);
  font-size:12px; }
.grid { display:grid; grid-template-columns:1fr 1fr; gap:14px; } .wide { grid-column:1 / -1; }
.card { padding:20px 22px; min-width:0; } h2 { font-size:16px; font-weight:650; }
h3 { font-size:13.5px; font-weight:600; margin:16px 0 6px; color:var(--ink-2); }
.lead { color:var(--ink-3); font-size:13px; margin:4px 0 14px; max-width:90ch; }
.scroll { overflow-x:auto; } table { border-collapse:collapse; width:100%; font-size:13px; }
th,td { text-align:start; padding:8px 10px; border-bottom:1px solid var(--line-2); }
thead th { color:var(--ink-3); font-weight:500; font-size:12.5px; border-bottom-color:var(--line);
  white-space:nowrap; }
tbody th { font-weight:500; min-width:110px; overflow-wrap:break-word; } .num { text-align:end; white-space:nowrap; }
tbody tr:last-child > * { border-bottom:0; }
figure { overflow-x:auto; } figure svg.wide { min-width:600px; }
figure svg { width:100%; height:auto; display:block; font-size:12px; }
svg text { fill:var(--ink-3); } svg text.own { fill:var(--ink); font-weight:600; } svg text.axis { font-size:12px; }
svg .rule { stroke:var(--line-2); } svg .ideal { stroke:var(--ink-3); stroke-dasharray:5 5; }
svg .whisker { stroke:var(--blue-mid); stroke-width:3; stroke-linecap:round; } svg .other { stroke:#c8d0df; }
svg .curve { fill:none; stroke:var(--blue); stroke-width:1.8; } svg .dot { fill:var(--blue); stroke:#fff;
  stroke-width:1.5; }
svg .dot.other { fill:#8592ab; }
.bars { display:grid; gap:9px; } .bars div { display:grid; grid-template-columns:minmax(0,1.3fr) 1fr 52px;
  gap:12px; align-items:center; }
.bars .name { overflow-wrap:anywhere; line-height:1.35; } .bars small { display:block; color:var(--ink-3); }
meter { width:100%; height:9px; appearance:none; border:0; border-radius:5px; background:var(--line-2);
  display:block; }
meter::-webkit-meter-bar { background:var(--line-2); border:0; border-radius:5px; height:9px; }
meter::-webkit-meter-optimum-value { background:var(--blue); border-radius:5px; }
meter::-moz-meter-bar { background:var(--blue); border-radius:5px; }
ul.notes { list-style:none; display:grid; gap:8px; } ul.notes li { padding:9px 12px; border-radius:8px;
  background:var(--line-2); }
ul.notes li.warn { background:var(--orange-soft); color:var(--orange-ink); } code { font-size:12px;
  overflow-wrap:anywhere; }
dl.facts { display:grid; grid-template-columns:minmax(120px,auto) 1fr; gap:7px 18px; font-size:13px; }
dl.facts dt { color:var(--ink-3); } dl.facts dd { overflow-wrap:anywhere; }
@media (max-width:820px) { .grid { grid-template-columns:1fr; } .in { padding:0 14px; } h1 { font-size:21px; } }
@media print { header { color:#000; background:none; padding-bottom:16px; } main { margin-top:0; } .switch {
  display:none; }
  .card,.tile { break-inside:avoid; box-shadow:none; } }
"""
