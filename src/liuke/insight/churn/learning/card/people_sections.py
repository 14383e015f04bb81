"""Sections on whom it holds for: over time, by segment, by sex and age, what was found in the data, drift."""

from __future__ import annotations

from collections.abc import Iterator

from liuke.insight.churn.learning.card import graphics
from liuke.insight.churn.learning.card.facts import CardFacts, Text
from liuke.insight.churn.learning.card.markup import both, esc, grid, number, people, say, section, share
from liuke.insight.churn.learning.card.words import finding_text
from liuke.insight.churn.learning.evaluate import Slice

PERIODS = frozenset({"month", "snapshot", "period", "date", "as_of"})
"""Slicings that are drawn over time."""
SHOWN_DRIFT = 12


def slices(facts: CardFacts) -> Iterator[str]:
    """One section per slicing: a curve over time for periods, a table for segments."""
    for name, values in facts.evaluation.slices.items():
        title = facts.slice_titles.get(name, Text(name, name))
        timed = name in PERIODS
        picture = graphics.stability(values) if timed and len(values) > 1 else ""
        lead = Text("各期分别计算，应当平稳。", "Each period by itself; it should be steady.") if timed else None
        head = (
            Text(f"稳定性：{title.zh}", f"Stability by {title.en}")
            if timed
            else Text(f"分群：{title.zh}", f"By {title.en}")
        )
        yield section(head, lead, picture + _figures(values, facts.small_group), wide=True)


def fairness(facts: CardFacts) -> Iterator[str]:
    """Groups side by side; they are never features unless a finding says so."""
    for name, values in facts.evaluation.fairness.items():
        title = facts.group_titles.get(name, Text(name, name))
        heads = [both("组别", "group"), both("人数", "people"), both("实际流失率", "churn rate"),
                 both("平均预测", "predicted"), "AUC", "ECE", both("入选前 10%", "in the top 10%"),
                 both("流失者中入选", "of churners"), both("留存者中入选", "of stayers")]  # fmt: skip
        rows = [
            _few(g.value, len(heads), facts.small_group)
            if g.figures.people < facts.small_group
            else [
                esc(g.value),
                people(g.figures.people),
                share(g.figures.base_rate),
                share(g.figures.predicted),
                number(g.figures.auc.estimate if g.figures.auc else None),
                share(g.figures.ece_10, 2),
                share(g.flagged),
                share(g.found),
                share(g.wrong),
            ]
            for g in values
        ]
        lead = Text(
            "同一模型在各组的表现：预测应与实际相符，排序能力与入选率不应无故悬殊。小组的数字噪声大。",
            "The same model in each group: predicted should match observed, and neither ranking nor being picked "
            "should differ without reason. Figures of small groups are noisy.",
        )
        yield section(Text(f"公平性：{title.zh}", f"Fairness by {title.en}"), lead, grid(heads, rows), wide=True)


def findings(facts: CardFacts) -> str:
    """What the checks said about columns."""
    items = "".join(
        f'<li class="{"warn" if f.used else ""}"><b>{esc(f.column)}</b> · {say(finding_text(f))}</li>'
        for f in facts.findings
    )
    body = f'<ul class="notes">{items}</ul>' if items else f"<p>{both('没有发现。', 'Nothing was found.')}</p>"
    return section(Text("数据检查", "Findings on the data"), None, body)


def drift(facts: CardFacts) -> str:
    """What later distributions are compared with."""
    top = [line.name for line in facts.features if line.name in facts.references][:SHOWN_DRIFT]
    heads = [both("特征", "feature"), both("分箱", "bins"), both("空值", "null"), both("首个分点", "first cut"),
             both("中间分点", "middle cut"), both("末个分点", "last cut")]  # fmt: skip
    rows = []
    for name in top:
        one = facts.references[name]
        cuts = [f"{one.edges[k]:,.6g}" for k in (0, len(one.edges) // 2, -1)] if one.edges else ["—"] * 3
        rows.append([esc(name), str(len(one.shares)), share(one.null), *cuts])
    lead = Text(
        f"模型随附 {len(facts.references)} 个特征与评分的参照分布；日后以 PSI 比较，0.1 以上留意，0.25 以上告警。",
        f"Reference distributions of {len(facts.references)} features and of the score are stored with the model; "
        "later ones are compared by PSI: watch from 0.1, alarm from 0.25.",
    )
    return section(Text("漂移参照", "Drift reference"), lead, grid(heads, rows), wide=True)


def _few(value: str, columns: int, fewest: int) -> list[str]:
    """The row of a group too small to be told of."""
    return [esc(value), f"&lt;{fewest}", *["—"] * (columns - 2)]


def _figures(values: tuple[Slice, ...], fewest: int) -> str:
    heads = ["", both("人数", "people"), both("实际流失率", "churn rate"), both("平均预测", "predicted"), "AUC", "95%",
             "PR-AUC", both("提升度 10%", "lift 10%"), "ECE"]  # fmt: skip
    rows = []
    for one in values:
        f = one.figures
        if f.people < fewest:
            rows.append(_few(one.value, len(heads), fewest))
            continue
        rows.append(
            [
                esc(one.value),
                people(f.people),
                share(f.base_rate),
                share(f.predicted),
                number(f.auc.estimate if f.auc else None),
                f"{number(f.auc.low)} – {number(f.auc.high)}" if f.auc else "—",
                number(f.pr_auc),
                number(f.lift_10.lift if f.lift_10 else None, 2),
                share(f.ece_10, 2),
            ]
        )
    return grid(heads, rows)
