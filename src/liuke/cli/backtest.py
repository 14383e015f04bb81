"""`liuke backtest`: past warnings against what then happened."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Grid

from liuke.cli.app import app
from liuke.cli.days import parse_day
from liuke.cli.engines import EngineOption, house_on
from liuke.errors import YourMistake
from liuke.insight.churn.backtest import BacktestReport, GroupScore, backtest
from liuke.insight.churn.warning_policy import read_warning_policy

_NAMES: dict[str, tuple[str, str]] = {
    "frequency": ("交易频次下降", "Fewer transactions"),
    "balance": ("资产持续下降", "Balance falling"),
    "complaint": ("投诉上升", "More complaints"),
    "recency": ("长时间未交易", "Long silence"),
    "red": ("红色预警", "Red"),
    "orange": ("橙色预警", "Orange"),
    "yellow": ("黄色预警", "Yellow"),
    "any": ("全部预警", "Any warning"),
}
_HEADS = (
    ("信号 / 等级", "Signal / tier"),
    ("预警人次", "Warned"),
    ("其中流失", "Lost"),
    ("查准率", "Precision"),
    ("查全率", "Recall"),
    ("提升度", "Lift"),
    ("提前天数", "Lead days"),
)
_SKIPPED = {
    "too_early": ("此前数据不足 120 天", "less than 120 days of data before"),
    "immature": ("观察期未满", "the horizon is not over"),
    "nobody_known": ("当时系统内没有客户数据", "no customer was known at the time; see --known-now"),
}


@app.command(name="backtest")
def backtest_command(
    start: Annotated[str, typer.Option("--from", help="First past day, e.g. 2026-01-31.")],
    end: Annotated[str, typer.Option("--to", help="Last past day.")],
    every: Annotated[int, typer.Option(min=1, help="Days from one past day to the next.")] = 30,
    horizon: Annotated[int, typer.Option(min=30, max=365, help="Days to look ahead: 30, 60, 90 …")] = 90,
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
    known_now: Annotated[
        bool, typer.Option("--known-now", help="Use everything known today, not only what was known then.")
    ] = False,
    engine: EngineOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Test past warnings against what then happened. 预警回测。"""
    house, first, last = house_on(home, engine), parse_day(start), parse_day(end)
    if first > last:
        raise YourMistake(f"--from {first} is after --to {last}", then="swap the two dates")
    days = [first + timedelta(days=n) for n in range(0, (last - first).days + 1, every)]
    policy = read_warning_policy(house.policy("warning"))
    known_by = datetime.now(UTC) if known_now else None
    with house.engine() as opened:
        report = backtest(house.lake, opened, days, policy, horizon_days=horizon, zone=house.zone, known_by=known_by)
    if as_json:
        typer.echo(json.dumps(as_dict(report), ensure_ascii=False))
    else:
        show(report, house.settings.locale, Console(highlight=False))


def as_dict(report: BacktestReport) -> dict[str, Any]:
    """The report as plain values: customer-days, shares 0..1, days; null where not defined."""
    plain = {**asdict(report), "base_rate": report.base_rate, "snapshots": len(report.used)}
    return {key: json.loads(json.dumps(value, default=str)) for key, value in plain.items()}


def show(report: BacktestReport, locale: str, console: Console) -> None:
    """Prints the table, what it means, and what was left out."""
    tongue = int(locale == "en")
    title = ("预警回测：预警后 {} 天，{} 个历史时点", "Back-test: {} days after the warning, {} past days")[tongue]
    grid = Grid(*(head[tongue] for head in _HEADS), title=title.format(report.horizon_days, len(report.used)))
    for score in report.scores:
        grid.add_row(*_cells(score, tongue), end_section=score.group == "recency")
    console.print(grid)
    for line in _explained(report, tongue):
        console.print(line, markup=False)


def _cells(score: GroupScore, tongue: int) -> list[str]:
    return [
        _NAMES[score.group][tongue],
        f"{score.warned:,}",
        f"{score.lost:,}",
        _or_dash(score.precision, "{:.1%}"),
        _or_dash(score.recall, "{:.1%}"),
        _or_dash(score.lift, "{:.1f}×"),
        _or_dash(score.median_lead_days, "{:g}"),
    ]


def _explained(report: BacktestReport, tongue: int) -> list[str]:
    base = _or_dash(report.base_rate, "{:.1%}")
    means = (
        f"有可流失资产或活跃度的客户 {report.at_risk:,} 人次，其中流失 {report.lost:,} 人次（自然流失率 {base}）；"
        f"另有 {report.dormant:,} 人次休眠客户不计。\n"
        "查准率 = 预警客户中后来流失的比例；查全率 = 流失客户中事先被预警的比例；\n"
        "提升度 = 查准率 ÷ 自然流失率，1 表示不比随机好；提前天数 = 预警日到流失条件成立之日，取中位数。\n"
        "人次：同一客户在几个时点各计一次。",
        f"{report.at_risk:,} customer-days had something to lose, {report.lost:,} were lost (base rate {base});"
        f" {report.dormant:,} dormant ones are left out.\n"
        "Precision: share of the warned who were lost. Recall: share of the lost who had been warned.\n"
        "Lift: precision over base rate, 1 is no better than chance. Lead days: from the warning to the day the loss"
        " held, the median.\nA customer counts once per past day.",
    )[tongue]
    lines = [means]
    if report.skipped:
        reasons = ("；", "; ")[tongue].join(f"{day} {_SKIPPED[why][tongue]}" for day, why in report.skipped)
        lines.append((f"! 未计入的时点：{reasons}", f"! Past days left out: {reasons}")[tongue])
        usable = (report.earliest_usable or "—", report.latest_usable or "—")
        lines.append(("可用时点：{} 至 {}", "Usable past days: {} to {}")[tongue].format(*usable))
    return lines


def _or_dash(value: float | None, form: str) -> str:
    return "—" if value is None else form.format(value)
