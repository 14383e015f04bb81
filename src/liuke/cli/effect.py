"""`liuke effect`: what the loop saved, treated against hold-out."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Grid

from liuke.act.loop_policy import read_loop_policy
from liuke.cli.app import app
from liuke.cli.days import parse_day
from liuke.cli.effect_report import language_named, period_named, write_report
from liuke.cli.engines import EngineOption, house_on
from liuke.engine import Engine
from liuke.errors import Place, YourMistake
from liuke.insight.amounts import Locale, money
from liuke.lake import known
from liuke.stats.compare import Interval
from liuke.tables import CONTACT, CUSTOMER_SNAPSHOT, DECISION, OUTCOME
from liuke.track.effect import ArmReport, EffectReport, effect
from liuke.track.outcomes import read_outcome_policy
from liuke.wiring.house import House

_WORDS: dict[str, tuple[str, str]] = {
    "title": (
        "闭环效果 {experiment}：决策后 {horizon} 天，数据日期 {day}",
        "Effect of {experiment}, {horizon} days, {day}",
    ),
    "treated": ("干预组", "treated"),
    "holdout": ("对照组", "hold-out"),
    "decided": ("决策人数", "decided"),
    "immature": ("未满期", "immature"),
    "measured": ("已满期", "measured"),
    "retained": ("留存", "retained"),
    "rate": ("留存率（95% 区间）", "retention (95% interval)"),
    "kept": ("资产保有率（95% 区间）", "AUM kept (95% interval)"),
    "difference": ("留存率差异（百分点）", "Difference in retention (points)"),
    "saved_customers": ("挽留客户数", "Customers saved"),
    "saved_aum": ("挽留资产（未校正）", "AUM saved (unadjusted)"),
    "saved_aum_adjusted": ("挽留资产（按决策时资产校正）", "AUM saved (adjusted for AUM at decision)"),
    "unknown": ("尚不可知", "not known yet"),
    "interval": ("{estimate}（95% 区间 {low} 至 {high}）", "{estimate} (95% interval {low} to {high})"),
}


@app.command(name="effect")
def effect_command(
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
    as_of: Annotated[str, typer.Option("--as-of", help="Data date; default that of the last run.")] = "",
    horizon: Annotated[
        int | None, typer.Option(help="Days after the decision. Default: primary of outcome.yaml.")
    ] = None,
    engine: EngineOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write the printable report of all sources to this HTML file instead.")
    ] = None,
    period: Annotated[str, typer.Option(help="Of the report: year, 90 (days) or all.")] = "year",
    lang: Annotated[str, typer.Option(help="Of the report: zh or en. Default: locale of liuke.yaml.")] = "",
) -> None:
    """Show what the loop saved: treated against hold-out, with intervals. 闭环效果。"""
    house = house_on(home, engine)
    if report:
        typer.echo(f"{_report(house, report, as_of, period, lang)}: {report}")
        return
    found = measured_effect(house, parse_day(as_of) if as_of else None, horizon)
    if as_json:
        typer.echo(json.dumps(as_dict(found, house.settings.locale), ensure_ascii=False))
    else:
        show_effect(found, house.settings.locale, Console(highlight=False))


def _report(house: House, file: Path, as_of: str, period: str, lang: str) -> date:
    """Writes the report; returns the day as of which it stands."""
    wanted, locale = period_named(period), language_named(lang or house.settings.locale)
    with house.on("duckdb").engine() as engine:
        day = parse_day(as_of) if as_of else last_run(house, engine)
    write_report(house, file, day, wanted, locale)
    return day


def measured_effect(house: House, day: date | None, horizon: int | None, experiment: str | None = None) -> EffectReport:
    """The effect of the experiment (default: the bank's) as of `day` (default: the last run's data date)."""
    policy = read_outcome_policy(house.policy("outcome"))
    wanted = horizon or policy.primary
    if wanted not in policy.horizons:
        raise YourMistake(
            f"outcomes at {wanted} days are not measured",
            place=Place(str(house.policy("outcome")), column="horizons"),
            expected=f"one of {', '.join(map(str, policy.horizons))}",
            then="ask for one of these, or add the horizon and run the days again",
        )
    experiment = experiment or read_loop_policy(house.policy("loop")).experiment
    with house.engine() as engine:
        moment = house.as_of(day or last_run(house, engine))
        decisions, outcomes = (house.lake.scan(engine, table) for table in (DECISION, OUTCOME))
        contacts = known(house.lake.scan(engine, CONTACT), CONTACT, moment)
        return effect(engine, decisions, outcomes, contacts, experiment, wanted, moment)


def last_run(house: House, engine: Engine) -> date:
    """The data date of the last run; YourMistake when there was none."""
    rows = house.lake.scan(engine, CUSTOMER_SNAPSHOT)
    day: date | None = engine.arrow(rows.aggregate(day=rows.as_of.max()))["day"][0].as_py()
    if day is None:
        raise YourMistake(
            "nothing has been run in this bank home yet",
            place=Place(str(house.home)),
            then=f"liuke run --as-of DATE --home {house.home}",
        )
    return day


def as_dict(report: EffectReport, locale: Locale) -> dict[str, Any]:
    """The report as plain values: people, shares 0..1, money in the bank's currency; null where not known."""
    return {
        "experiment": report.experiment,
        "as_of": report.as_of.isoformat(),
        "horizon_days": report.horizon_days,
        "treated": _arm_dict(report.treated),
        "holdout": _arm_dict(report.holdout),
        "difference": _interval_dict(report.difference),
        "saved_customers": _interval_dict(report.saved_customers),
        "saved_aum": _interval_dict(report.saved_aum),
        "saved_aum_adjusted": _interval_dict(report.saved_aum_adjusted),
        "sample_ratio": {"p_value": report.ratio.p_value, "alarm": report.ratio.alarm} if report.ratio else None,
        "repeats": report.repeats,
        "contacted_holdouts": report.contacted_holdouts,
        "findings": [
            {"code": f.code, "severity": f.severity, **dict(f.facts), "text": f.text(locale)} for f in report.findings
        ],
    }


def _arm_dict(arm: ArmReport) -> dict[str, Any]:
    counts = {n: getattr(arm, n) for n in ("decided", "immature", "unmeasured", "measured", "retained")}
    return counts | {
        "retained_share": _interval_dict(arm.retained_share),
        "kept_share": _interval_dict(arm.kept_share),
    }


def _interval_dict(interval: Interval | None) -> dict[str, float] | None:
    return {n: getattr(interval, n) for n in ("estimate", "low", "high", "level")} if interval else None


def show_effect(report: EffectReport, locale: Locale, console: Console) -> None:
    """Prints the report as a table and sentences."""

    def word(key: str, **facts: Any) -> str:
        return _WORDS[key][0 if locale == "zh-hans" else 1].format(**facts)

    def spread(interval: Interval | None, write: Any) -> str:
        parts = {n: write(getattr(interval, n)) for n in ("estimate", "low", "high")} if interval else {}
        return word("interval", **parts) if interval else word("unknown")

    title = word("title", experiment=report.experiment, horizon=report.horizon_days, day=report.as_of)
    arms = (report.treated, report.holdout)
    grid = Grid("", *(word(arm.arm) for arm in arms), title=title)
    for count in ("decided", "immature", "measured", "retained"):
        grid.add_row(word(count), *(f"{getattr(arm, count):,}" for arm in arms))
    grid.add_row(word("rate"), *(_cell(arm.retained_share) for arm in arms))
    grid.add_row(word("kept"), *(_cell(arm.kept_share) for arm in arms))
    console.print(grid)
    lines: list[tuple[str, Interval | None, Any]] = [
        ("difference", report.difference, lambda v: f"{v * 100:+.1f}"),
        ("saved_customers", report.saved_customers, lambda v: f"{v:.0f}"),
        ("saved_aum_adjusted", report.saved_aum_adjusted, lambda v: money(v, locale)),
        ("saved_aum", report.saved_aum, lambda v: money(v, locale)),
    ]
    for key, interval, write in lines:
        console.print(f"{word(key)}: {spread(interval, write)}", markup=False)
    marks = {"stop": ("✗", "bold red"), "mind": ("!", "yellow"), "note": ("·", "")}
    for found in report.findings:
        mark, style = marks[found.severity]
        console.print(f"{mark} {found.text(locale)}", style=style, markup=False)


def _cell(share: Interval | None) -> str:
    return f"{share.estimate:.1%} [{share.low:.1%}, {share.high:.1%}]" if share else "—"
