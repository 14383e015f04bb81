"""A study of uplift on the screen, Chinese and English side by side."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table as Grid

from liuke.insight.uplift.judged import SHARES
from liuke.insight.uplift.qini import FORMULA
from liuke.insight.uplift.study import Study
from liuke.insight.uplift.words import LEARNERS, POLICIES, finding_text, interval_text, level_text, verdict_text


def show(found: Study, console: Console) -> None:
    """The verdict, then what it rests on."""
    said = verdict_text(found)
    console.print(f"{said.zh}\n{said.en}", style="bold", markup=False)
    arms = found.arms
    console.print(
        f"干预 treated {arms.treated:,}: {arms.treated_mean:.4g} · 对照 control {arms.control:,}: "
        f"{arms.control_mean:.4g} · 差 difference {interval_text(arms.difference, found.binary)}"
        + (f" · SRM p = {found.ratio.p_value:.2g}" if found.ratio else ""),
        markup=False,
    )
    if found.rankings:
        _rankings(found, console)
        _groups(found, console)
        _policies(found, console)
        console.print(FORMULA, style="dim", markup=False)
    for finding in found.findings:
        text = finding_text(finding)
        console.print(f"- {finding.about}: {text.zh} · {text.en}".replace("- : ", "- "), markup=False)


def _rankings(found: Study, console: Console) -> None:
    at = [f"uplift@{share:.0%}" for share in SHARES]
    grid = Grid(
        "", "Qini", "AUUC", "gain", *at, title=f"排序 rankings: {found.settings.repeats} × {found.settings.folds}"
    )
    for ranking in found.rankings:
        name = LEARNERS[ranking.name]
        mine = ranking.name == found.settings.learner
        grid.add_row(
            f"{name.zh} {name.en}", _number(ranking.qini_mean), _number(ranking.auuc_mean), f"{ranking.gain_mean:+.4f}",
            *(f"{ranking.at[share]:+.4f}" for share in SHARES), style="bold" if mine else None,
        )  # fmt: skip
    console.print(grid)
    if found.qini and found.lead:
        console.print(
            f"Qini {found.qini.estimate:.4f} [{found.qini.low:.4f}, {found.qini.high:.4f}] · 领先响应 beyond response "
            f"{found.lead.estimate:+.4f} [{found.lead.low:+.4f}, {found.lead.high:+.4f}] (bootstrap)",
            markup=False,
        )


def _groups(found: Study, console: Console) -> None:
    if found.calibration is None:
        return
    grid = Grid("", "人 people", "预测 predicted", "实际 observed", title="增量校准 calibration by decile")
    for at, group in enumerate(found.calibration.groups, 1):
        predicted = f"{group.predicted * (100 if found.binary else 1):+.3g}"
        grid.add_row(str(at), f"{group.people:,}", predicted, interval_text(group.observed, found.binary))
    console.print(grid)
    slope = found.calibration.slope
    if slope is not None:
        console.print(f"校准斜率 slope {slope.estimate:.2f} [{slope.low:.2f}, {slope.high:.2f}]", markup=False)


def _policies(found: Study, console: Console) -> None:
    grid = Grid(
        "", "占比 share", "对全不做 over nobody", "对随机 over lot", "价值 value (DR)", "(IPW)", title="策略 policies"
    )
    for one in found.policies:
        name = POLICIES[one.name]
        gains = (interval_text(i, found.binary) for i in (one.over_nobody, one.over_lot))
        values = (level_text(i, found.binary) for i in (one.robust, one.plain))
        grid.add_row(f"{name.zh} {name.en}", f"{one.share:.0%}", *gains, *values)
    console.print(grid)


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.4f}"
