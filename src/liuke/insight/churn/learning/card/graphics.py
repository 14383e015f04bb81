"""Inline SVG: calibration, stability over time, baselines beside the model. Drawn in tokens of the page's style."""

from __future__ import annotations

from collections.abc import Sequence

from liuke.insight.churn.learning.card.markup import both, esc, number, share
from liuke.insight.churn.learning.evaluate import Baseline, Figures, Slice
from liuke.stats.calibration import ReliabilityBin
from liuke.stats.compare import Interval

WIDTH, HEIGHT = 460, 320
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 14, 40
MAX_TICKS = 12


def calibration(bins: Sequence[ReliabilityBin]) -> str:
    """Predicted against observed, a dot per bin with its 95% interval; on the diagonal is perfect."""
    top = _round_up(max([0.05, *(max(b.predicted, b.high) for b in bins)]))

    def x(value: float) -> float:
        return LEFT + value / top * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)

    parts = []
    for k in range(6):
        at = top * k / 5
        parts.append(_line(LEFT, y(at), WIDTH - RIGHT, y(at), "rule"))
        parts.append(_text(LEFT - 8, y(at) + 4, share(at, 0), "end"))
        parts.append(_text(x(at), HEIGHT - BOTTOM + 18, share(at, 0), "middle"))
    parts.append(_line(x(0), y(0), x(top), y(top), "ideal"))
    dots = [(x(b.predicted), y(b.observed)) for b in bins]
    parts += [_line(x(b.predicted), y(b.low), x(b.predicted), y(b.high), "whisker") for b in bins]
    parts.append(f'<polyline class="curve" points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in dots)}"/>')
    for (a, b), one in zip(dots, bins, strict=True):
        parts.append(
            f'<circle class="dot" cx="{a:.1f}" cy="{b:.1f}" r="4.5"><title>{share(one.predicted)} → '
            f"{share(one.observed)} (n = {one.people:,})</title></circle>"
        )
    parts.append(_axis("预测概率", "predicted", WIDTH - RIGHT, HEIGHT - 6, "end"))
    parts.append(_axis("实际流失率", "observed", LEFT + 6, TOP + 6, "start"))
    return _svg(WIDTH, HEIGHT, "".join(parts), "校准图：预测概率与实际流失率", "calibration plot")


def stability(slices: Sequence[Slice]) -> str:
    """AUC of each period with its 95% interval; values without both classes are gaps."""
    known = [(s, s.figures.auc) for s in slices]
    lows = [a.low for _, a in known if a]
    low = min(0.5, *(max(0.0, v - 0.02) for v in lows)) if lows else 0.5
    width, height = 2 * WIDTH, 240

    def x(k: int) -> float:
        return LEFT + (k + 0.5) * (width - LEFT - RIGHT) / max(len(slices), 1)

    def y(value: float) -> float:
        return height - BOTTOM - (value - low) / (1 - low) * (height - TOP - BOTTOM)

    parts = []
    for k in range(6):
        at = low + (1 - low) * k / 5
        parts.append(_line(LEFT, y(at), width - RIGHT, y(at), "rule"))
        parts.append(_text(LEFT - 8, y(at) + 4, number(at, 2), "end"))
    shown = [(k, a) for k, (_, a) in enumerate(known) if a]
    parts += [_line(x(k), y(a.low), x(k), y(a.high), "whisker") for k, a in shown]
    points = " ".join(f"{x(k):.1f},{y(a.estimate):.1f}" for k, a in shown)
    parts.append(f'<polyline class="curve" points="{points}"/>')
    for k, a in shown:
        parts.append(
            f'<circle class="dot" cx="{x(k):.1f}" cy="{y(a.estimate):.1f}" r="4.5">'
            f"<title>{esc(slices[k].value)}: {_interval(a)}</title></circle>"
        )
    step = max(1, -(-len(slices) // MAX_TICKS))
    parts += [_text(x(k), height - BOTTOM + 18, s.value, "middle") for k, s in enumerate(slices) if k % step == 0]
    return _svg(width, height, "".join(parts), "各期 AUC 及 95% 区间", "AUC by period with 95% intervals")


def ranking(model: Figures, baselines: Sequence[Baseline]) -> str:
    """AUC of the model and of every baseline on one scale, each with its 95% interval."""
    rows: list[tuple[str, str, Interval | None, bool]] = [("本模型", "this model", model.auc, True)]
    rows += [(*baseline_name(b.name), b.figures.auc, False) for b in baselines]
    lows = [a.low for _, _, a, _ in rows if a]
    low = min([0.5, *(max(0.0, v - 0.02) for v in lows)])
    left, width, line = 250, 760, 34
    height = TOP + line * len(rows) + 28

    def x(value: float) -> float:
        return left + (value - low) / (1 - low) * (width - left - 70)

    parts = []
    for k in range(6):
        at = low + (1 - low) * k / 5
        parts.append(_line(x(at), TOP, x(at), height - 26, "rule"))
        parts.append(_text(x(at), height - 8, number(at, 2), "middle"))
    for k, (zh, en, found, own) in enumerate(rows):
        y = TOP + line * k + line / 2
        parts.append(_both_text(left - 14, y + 4, _short(zh), _short(en), "end", "own" if own else ""))
        if found is None:
            continue
        kind = "dot" if own else "dot other"
        parts.append(_line(x(found.low), y, x(found.high), y, "whisker" if own else "whisker other"))
        parts.append(
            f'<circle class="{kind}" cx="{x(found.estimate):.1f}" cy="{y:.1f}" r="6">'
            f"<title>{_interval(found)}</title></circle>"
        )
        parts.append(_text(width - 4, y + 4, number(found.estimate), "end", "own" if own else ""))
    return _svg(width, height, "".join(parts), "本模型与基线的 AUC", "AUC of the model and the baselines")


def baseline_name(name: str) -> tuple[str, str]:
    """A baseline's name in Chinese and English; one given by the caller stays as it is."""
    kind, _, detail = name.partition(": ")
    known = {"logistic regression": "逻辑回归", "best single feature": "最好的单个特征"}
    zh = known.get(kind, kind)
    return (f"{zh}：{detail}" if detail else zh), name


def _short(text: str) -> str:
    return text if len(text) <= 38 else text[:37] + "…"


def _interval(found: Interval) -> str:
    return f"{number(found.estimate)} [{number(found.low)}, {number(found.high)}]"


def _round_up(value: float) -> float:
    """The next of 5%, 10%, 20%, 25%, 50%, 75%, 100%, so that the axis has plain figures."""
    return next((step for step in (0.05, 0.1, 0.2, 0.25, 0.5, 0.75) if value <= step), 1.0)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{esc(text)}</text>'


def _both_text(x: float, y: float, zh: str, en: str, anchor: str, kind: str = "") -> str:
    if zh == en:
        return _text(x, y, zh, anchor, kind)
    return _text(x, y, zh, anchor, f"zh {kind}") + _text(x, y, en, anchor, f"en {kind}")


def _axis(zh: str, en: str, x: float, y: float, anchor: str) -> str:
    return _both_text(x, y, zh, en, anchor, "axis")


def _svg(width: float, height: float, inner: str, zh: str, en: str) -> str:
    kind = "wide" if width > WIDTH else ""
    label = f"{esc(zh)} · {esc(en)}"
    return (
        f'<figure><svg class="{kind}" viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{label}">'
        f'{inner}</svg><figcaption class="visually-hidden">{both(zh, en)}</figcaption></figure>'
    )
