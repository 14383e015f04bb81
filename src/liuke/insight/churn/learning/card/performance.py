"""Sections on how good the model is: data, baselines, calibration, features."""

from __future__ import annotations

from liuke.insight.churn.learning.card import graphics
from liuke.insight.churn.learning.card.facts import CardFacts, Text
from liuke.insight.churn.learning.card.markup import both, esc, grid, number, people, say, section, share
from liuke.insight.churn.learning.evaluate import Baseline, Figures
from liuke.stats.compare import Interval


def data(facts: CardFacts) -> str:
    """What it was trained and judged on, and how."""
    told = ((say(label), say(value) if isinstance(value, Text) else esc(value)) for label, value in facts.data)
    rows = "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in told)
    return section(Text("数据与方法", "Data and protocol"), facts.protocol, f'<dl class="facts">{rows}</dl>')


def features(facts: CardFacts) -> str:
    """The features that the trees use most."""
    top = max((line.share for line in facts.features), default=1.0) or 1.0
    bars = "".join(
        f'<div><span class="name">{say(line.title)}'
        + (f"<small>{esc(line.name)}</small>" if line.name != line.title.zh else "")
        + f'</span><meter min="0" max="{top:.6f}" value="{line.share:.6f}"></meter>'
        f'<span class="num">{share(line.share)}</span></div>'
        for line in facts.features
    )
    lead = Text(
        "占全部分裂增益的比例；说明模型用了什么，不说明因果。",
        "Share of the trees' total gain; says what the model uses, not what causes churn.",
    )
    return section(Text("主要特征", "Top features"), lead, f'<div class="bars">{bars}</div>')


def baselines(facts: CardFacts) -> str:
    """The model beside simpler scores on the same people."""
    found = facts.evaluation
    picture = graphics.ranking(found.figures, found.baselines)
    heads = ["", "AUC", both("模型领先", "model ahead by"), "PR-AUC", both("提升度 5%", "lift 5%"),
             both("提升度 10%", "lift 10%"), "ECE", "Brier", "log-loss"]  # fmt: skip
    rows = [_row(both("本模型", "this model"), found.figures, None)]
    rows += [_row(both(*graphics.baseline_name(b.name)), b.figures, b) for b in found.baselines]
    lead = Text(
        "在同一批模型没有见过的样本上比较，横线为 95% 区间（DeLong）。模型的价值在于超出这些简单做法的部分。",
        "On the same examples, unseen by all of them; bars are 95% intervals (DeLong). A model is worth what it adds.",
    )
    return section(Text("与简单做法比较", "Beside simpler scores"), lead, picture + grid(heads, rows), wide=True)


def calibration(facts: CardFacts) -> str:
    """The calibration plot."""
    lead = Text(
        "点在虚线上表示“说 20% 就有 20% 流失”；竖线为 95% 区间（Wilson）。",
        "A dot on the dashed line: of those given 20%, 20% left. Vertical bars: 95% intervals (Wilson).",
    )
    return section(Text("校准", "Calibration"), lead, graphics.calibration(facts.evaluation.reliability))


def reliability(facts: CardFacts) -> str:
    """The same as a table."""
    heads = [both("分箱", "bin"), both("人数", "people"), both("预测", "predicted"), both("实际", "observed"), "95%"]
    rows = [
        [str(k), people(b.people), share(b.predicted), share(b.observed), f"{share(b.low)} – {share(b.high)}"]
        for k, b in enumerate(facts.evaluation.reliability, start=1)
    ]
    found = facts.evaluation.figures
    lead = Text(
        f"校准误差：10 箱 {share(found.ece_10, 2)}，20 箱 {share(found.ece_20, 2)}。",
        f"Calibration error: {share(found.ece_10, 2)} over 10 bins, {share(found.ece_20, 2)} over 20.",
    )
    return section(Text("校准明细", "Calibration in figures"), lead, grid(heads, rows))


def _row(name: str, found: Figures, baseline: Baseline | None) -> list[str]:
    return [
        name,
        _interval(found.auc),
        f"+{number(baseline.gap.estimate)} ± {number((baseline.gap.high - baseline.gap.low) / 2)}"
        if baseline and baseline.gap and baseline.gap.estimate >= 0
        else number(baseline.gap.estimate if baseline and baseline.gap else None),
        number(found.pr_auc),
        number(found.lift_5.lift if found.lift_5 else None, 2),
        number(found.lift_10.lift if found.lift_10 else None, 2),
        share(found.ece_10, 2),
        number(found.brier),
        number(found.log_loss),
    ]


def _interval(found: Interval | None) -> str:
    return "—" if found is None else f"{number(found.estimate)} [{number(found.low)}, {number(found.high)}]"
