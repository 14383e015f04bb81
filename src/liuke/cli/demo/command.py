"""The `demo` command."""

from __future__ import annotations

import json
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from liuke.cli.app import app
from liuke.cli.days import parse_day
from liuke.cli.demo.home import make_demo_home
from liuke.cli.demo.plan import Plan
from liuke.insight.amounts import money
from liuke.stats.compare import Interval
from liuke.wiring import House, open_house
from liuke.wiring.state import start_state

if TYPE_CHECKING:
    from liuke.cli.demo.applying import Handed
    from liuke.cli.demo.logins import Login
    from liuke.cli.demo.story import Story
    from liuke.cli.demo.verdict import Verdict

MODEL_DAYS = 7
"""The model goes to work a week before the end, so that the three months before it stay comparable."""
_out, _err = Console(highlight=False), Console(stderr=True, highlight=False)


@app.command()
def demo(
    customers: Annotated[int, typer.Option(min=200, help="Customers of the synthetic bank.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bank, same figures.")] = 1,
    end: Annotated[str, typer.Option(help="Last business day; default yesterday.")] = "",
    months: Annotated[int, typer.Option(min=8, help="Months of the bank's life, the loop's three included.")] = 18,
    every: Annotated[int, typer.Option(min=1, help="A batch every so many days; 1 = each workday.")] = 1,
    loop_only: Annotated[bool, typer.Option("--loop-only", help="Leave out value, tags, segments, clusters.")] = False,
    folder: Annotated[Path, typer.Option("--home", help="The demo's bank home, made anew.")] = Path("demo"),
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Open the console at the end.")] = True,
    port: Annotated[int, typer.Option(help="The console's port on localhost.")] = 8000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """A synthetic bank lives through the whole loop, then the console opens. 演示:模拟银行 → 全闭环 → 控制台。"""
    last = parse_day(end) if end else (datetime.now(UTC) + timedelta(hours=8)).date() - timedelta(days=1)
    model_days = MODEL_DAYS if every == 1 else 0
    plan = Plan(
        customers=customers, end=last, seed=seed, months=months, every_days=every, model_days=model_days,
        loop_only=loop_only,
    )  # fmt: skip
    began = time.perf_counter()
    make_demo_home(folder, plan)
    house = open_house(folder)
    start_state(house.home)
    story, verdict = _live(house, plan, quiet=as_json)
    from liuke.cli.demo.logins import make_logins

    logins = make_logins()
    handed = _applications(house)
    seconds = time.perf_counter() - began
    if as_json:
        typer.echo(json.dumps(_facts(plan, story, verdict, seconds), ensure_ascii=False, default=str))
    else:
        _show(plan, story, verdict, seconds)
        _show_logins(logins, port, serving=serve, folder=folder)
        if handed and serve:
            _out.print(f"客户查进度 http://localhost:{port}/progress/   {handed.code}   {handed.digits}")
    if serve:
        from liuke.cli.serve import serve as open_console

        open_console(home=folder, port=port, host="127.0.0.1")


def _live(house: House, plan: Plan, *, quiet: bool) -> tuple[Story, Verdict]:
    from liuke.cli.demo.story import tell
    from liuke.cli.demo.verdict import judge

    columns = TextColumn("{task.description:<14}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%")
    with (
        tempfile.TemporaryDirectory(prefix="liuke-demo-") as files,
        Progress(*columns, TimeElapsedColumn(), console=_err, disable=quiet) as bar,
    ):
        task = bar.add_task("simulate", total=1.0)
        story = tell(house, plan, Path(files), lambda what, share: bar.update(task, description=what, completed=share))
        bar.update(task, description="truth", completed=0.99)
        verdict = judge(house, plan, story.beginning)
        bar.update(task, description="done", completed=1.0)
    return story, verdict


def _facts(plan: Plan, story: Story, verdict: Verdict, seconds: float) -> dict[str, Any]:
    found = verdict.measured
    return {
        "customers": plan.customers,
        "seed": plan.seed,
        "end": plan.end,
        "rows": story.rows,
        "days": len(story.days),
        "warned": story.days[-1].warned,
        "decided": sum(day.decided for day in story.days),
        "held_out": sum(day.held_out for day in story.days),
        "orders": sum(day.orders_opened for day in story.days),
        "model": story.model,
        "campaign_entered": sum(day.campaign_entered for day in story.days),
        "campaign_held_out": sum(day.campaign_held_out for day in story.days),
        "messages": sum(day.messages_queued for day in story.days),
        "contacts": sum(day.contacts_carried for day in story.days),
        "horizon_days": found.horizon_days,
        "measured": {"treated": found.treated.measured, "holdout": found.holdout.measured},
        "effect": _interval(found.difference, 6),
        "saved_customers": _interval(found.saved_customers, 2),
        "saved_aum": _interval(found.saved_aum_adjusted, 2),
        "true_effect": round(verdict.true_effect, 6),
        "covered": verdict.covered,
        "sample_ratio_p": round(found.ratio.p_value, 6) if found.ratio else None,
        "seconds": round(seconds, 1),
    }


def _interval(found: Interval | None, digits: int) -> dict[str, float] | None:
    """Rounded, because sums over many threads differ in their last bits from run to run."""
    return {end: round(getattr(found, end), digits) for end in ("estimate", "low", "high")} if found else None


def _show(plan: Plan, story: Story, verdict: Verdict, seconds: float) -> None:
    facts = _facts(plan, story, verdict, seconds)
    rows = facts["rows"]
    _out.print(
        f"\n[bold]{plan.customers:,} 客户[/bold] · 交易 {rows.get('transaction', 0):,} · "
        f"余额 {rows.get('balance_daily', 0):,} · 事件 {rows.get('event', 0):,} · "
        f"{facts['days']} 个批次日 · {seconds:.0f} 秒"
    )
    _out.print(
        f"决策 {facts['decided']:,}(对照 {facts['held_out']:,}) · 工单 {facts['orders']:,} · "
        f"触达记录 {facts['contacts']:,}"
    )
    if facts["campaign_entered"]:
        _out.print(
            f"活动加入 {facts['campaign_entered']:,}(对照 {facts['campaign_held_out']:,}) · "
            f"消息 {facts['messages']:,}(只写入文件)"
        )
    effect = facts["effect"]
    if effect:
        covered = "覆盖真值" if verdict.covered else "未覆盖真值"
        _out.print(
            f"[bold]{facts['horizon_days']}天留存提升[/bold] {effect['estimate'] * 100:+.1f} 个百分点 "
            f"(95% 区间 {effect['low'] * 100:+.1f} 至 {effect['high'] * 100:+.1f}) · "
            f"模拟真值 {verdict.true_effect * 100:+.1f} · {covered}"
        )
    if story.model:
        _out.print(f"流失模型 {story.model}")
    aum = facts["saved_aum"]
    if aum:
        low, high = (money(aum[end], "zh-hans") for end in ("low", "high"))
        _out.print(f"挽留资产 {money(aum['estimate'], 'zh-hans')} (95% 区间 {low} 至 {high})")


def _applications(house: House) -> Handed | None:
    """Some of the RM's customers are in the middle of an application."""
    from liuke.cli.demo.applying import make_applications
    from liuke.state.models import User

    rm = User.objects.filter(username="rm").exclude(staff_id=None).first()
    return make_applications(house, str(rm.staff_id), datetime.now(UTC)) if rm else None


def _show_logins(logins: tuple[Login, ...], port: int, *, serving: bool, folder: Path) -> None:
    _out.print()
    for login in logins:
        _out.print(f"  {login.role_zh} / {login.role_en:<22} {login.username:<17} {login.password}")
    where = f"http://localhost:{port}/"
    _out.print(f"\n控制台 {where}" if serving else f"\nliuke serve --home {folder} --port {port}   →  {where}")
