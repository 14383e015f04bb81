"""`liuke run`: the day's batch, then the worklist it made."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from liuke.cli.app import app
from liuke.cli.days import parse_day
from liuke.cli.engines import EngineOption, house_on
from liuke.cli.feed import show_fed, told
from liuke.cli.steps import shown_steps
from liuke.errors import YourMistake
from liuke.insight.amounts import money
from liuke.insight.churn.reasons import text
from liuke.wiring import House
from liuke.wiring.state import start_state

if TYPE_CHECKING:
    from liuke.daily import DayReport, Line

CALENDAR_AHEAD = timedelta(days=60)
"""Warn this long before the working calendar ends: the next year's holidays are published in November."""
_NOT_ANCHORED = {
    "zh": "[yellow]审计日志没有锚定:锚点目录写不进去,挂载后执行 liuke audit anchor[/yellow]",
    "en": "[yellow]audit log not anchored: its folder cannot be written; mount it, then liuke audit anchor[/yellow]",
}
_WIDE = 110
"""Terminals with fewer columns show no order numbers, so that the reasons have room."""


@app.command()
def run(
    as_of: Annotated[
        str, typer.Option("--as-of", help="Last business day whose data may enter; default yesterday.")
    ] = "",
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
    engine: EngineOption = None,
    top: Annotated[int, typer.Option(min=0, help="How many lines of the worklist to show.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Run the whole day's batch; running it twice changes nothing. 日终批处理：预警、决策、派单、效果。"""
    house = house_on(home, engine)
    day = _day_of(as_of, datetime.now(UTC).astimezone(house.zone).date())
    start_state(house.home)
    from liuke.daily import run_day, worklist

    with shown_steps() as step:
        report = run_day(house, day, step)
    fed = told(house, day)
    lines = worklist(day, top)
    if as_json:
        made = _plain(report, lines, house) | {"told": fed and asdict(fed)}
        typer.echo(json.dumps(made, ensure_ascii=False, default=str))
        return
    _show(report, lines, house)
    show_fed(fed, house)


def _day_of(as_of: str, today: date) -> date:
    """The day asked for, else yesterday. A day to come is refused: its run would let open orders expire and
    measure outcomes before their time, and both stay.
    """
    day = parse_day(as_of) if as_of else today - timedelta(days=1)
    if day > today:
        raise YourMistake(
            f"{day} has not happened yet",
            expected=f"a day up to {today}",
            state="nothing was changed",
            then=f"liuke run --as-of {today - timedelta(days=1)}",
        )
    return day


def _plain(report: DayReport, lines: list[Line], house: House) -> dict[str, object]:
    rows = [asdict(line) | {"reasons": [text(r, house.settings.locale) for r in line.reasons]} for line in lines]
    return asdict(report) | {"worklist": rows}


def _show(report: DayReport, lines: list[Line], house: House) -> None:
    console = Console()
    zh = house.settings.locale != "en"
    console.print(_summary(report, zh=zh), highlight=False)
    for found in report.campaign_mistakes:
        console.print(str(found), style="yellow", highlight=False, markup=False)
    if not report.anchored:
        console.print(_NOT_ANCHORED["zh" if zh else "en"], highlight=False)
    if not house.calendar.is_certain(report.as_of + CALENDAR_AHEAD):
        console.print(_calendar_ends(house, zh=zh), highlight=False)
    titles = ("工单", "优先级", "客户", "客户经理", "资产", "为什么") if zh else (
        "order", "priority", "customer", "RM", "assets", "why"
    )  # fmt: skip
    shown = slice(0 if console.width >= _WIDE else 1, None)
    table = Table(title=f"{report.as_of}")
    for title in titles[shown]:
        table.add_column(title, overflow="fold", no_wrap=title != titles[-1])
    for line in lines:
        why = "\n".join(text(reason, house.settings.locale) for reason in line.reasons)
        amount = money(line.aum, house.settings.locale)
        who = f"{line.customer} {line.customer_id}".strip()
        table.add_row(*(line.order_id, f"P{line.priority}", who, line.staff_id or "-", amount, why)[shown])
    console.print(table)


def _calendar_ends(house: House, *, zh: bool) -> str:
    last = house.calendar.known_until
    if zh:
        return f"[yellow]工作日历只到 {last},之后按周一至周五计时限;请按国务院放假通知补齐 calendar.csv[/yellow]"
    return f"[yellow]the working calendar ends on {last}; later deadlines count Monday-Friday: extend it[/yellow]"


def _summary(report: DayReport, *, zh: bool) -> str:
    tiers = " ".join(f"{tier} {report.warned.get(tier, 0)}" for tier in ("red", "orange", "yellow"))
    late = ", ".join(report.late_feeds)
    if zh:
        words = (
            f"数据日期 {report.as_of} · 客户 {report.customers} · 预警 {tiers} · 新决策 {report.decided}"
            f"(对照 {report.held_out}) · 新工单 {report.orders_opened} · 到期结束 {report.orders_expired}"
            f" · 超时升级 {report.orders_escalated} · 结果成熟 {report.outcomes_measured} · {report.seconds:.1f} 秒"
        )
        if report.campaign_entered or report.messages_queued:
            words += f" · 活动加入 {report.campaign_entered}(对照 {report.campaign_held_out})"
            words += f" · 消息入队 {report.messages_queued}"
        return words + (f"\n[yellow]数据未到齐: {late};到齐前不计结果,缺交易时也不做决策[/yellow]" if late else "")
    words = (
        f"as of {report.as_of} · customers {report.customers} · warned {tiers} · new decisions {report.decided}"
        f" (held out {report.held_out}) · new orders {report.orders_opened} · expired {report.orders_expired}"
        f" · escalated {report.orders_escalated} · outcomes {report.outcomes_measured} · {report.seconds:.1f} s"
    )
    if report.campaign_entered or report.messages_queued:
        words += f" · entered campaigns {report.campaign_entered} (held out {report.campaign_held_out})"
        words += f" · messages queued {report.messages_queued}"
    return words + (
        f"\n[yellow]late feeds: {late}; no outcomes until they come, no decisions without transactions[/yellow]"
        if late
        else ""
    )
