"""`liuke campaigns`: where each stands, previews, the steps of four eyes, pause and resume, the effect."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Grid

from liuke.act.campaigns.bank_campaigns import BankCampaigns, read_bank_campaigns, refused, unreadable
from liuke.act.campaigns.catalogue import experiment_of
from liuke.act.campaigns.preview import Previewed
from liuke.act.campaigns.stage import Step
from liuke.act.gates.sentences import gate_name
from liuke.cli.app import app
from liuke.cli.days import parse_day
from liuke.cli.effect import as_dict, last_run, measured_effect, show_effect
from liuke.cli.engines import house_at_once
from liuke.cli.log_in import house_and_scope
from liuke.tables import DECISION
from liuke.track.campaigns import reach
from liuke.wiring.house import House
from liuke.wiring.state import start_state

campaigns = typer.Typer(
    name="campaigns", help="Campaigns. 活动:清单、检查、预览、提交、审批、暂停、恢复、效果。", no_args_is_help=True
)
app.add_typer(campaigns)

Home = Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Code = Annotated[str, typer.Argument(help="The campaign's code: its file's name.")]
User = Annotated[str, typer.Option("--as", help="The log-in who does it.")]
Reason = Annotated[str, typer.Option(help="Why; stands in the audit log.")]
AsOf = Annotated[str, typer.Option("--as-of", help="Data date; default that of the last run.")]


@campaigns.command("list")
def list_command(home: Home = None, as_json: Json = False) -> None:
    """List the campaigns, where they stand and whom they reached. 活动清单。"""
    house, bank = _opened(home)
    with house.engine() as engine:
        decisions = house.lake.scan(engine, DECISION)
        reached = reach(engine, decisions, bank.campaigns, datetime.now(house.zone).date())
    for wrong in unreadable(bank):
        typer.echo(str(wrong), err=True)
    stages = _stages()
    rows = [
        {
            "campaign": code, "name": c.title(house.settings.locale), "kind": c.spec.kind,
            "stage": stages.get(code, "draft"), "entered": reached[code].entered, "held_out": reached[code].held_out,
            "spent": reached[code].cents / 100, "version": c.version,
        }
        for code, c in bank.campaigns.items()
    ]  # fmt: skip
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    zh = house.settings.locale != "en"
    grid = Grid(*(("活动", "名称", "类型", "状态", "加入", "对照", "花费") if zh else
                  ("campaign", "name", "kind", "stage", "entered", "held out", "spent")))  # fmt: skip
    for row in rows:
        grid.add_row(*(str(row[name]) for name in list(row)[:-1]))
    Console(highlight=False).print(grid)


@campaigns.command("check")
def check_command(home: Home = None, as_json: Json = False) -> None:
    """Read every campaign and tell what keeps it from working; exit code 2 when anything does. 检查。"""
    bank = read_bank_campaigns(house_at_once(home).home)
    found = [*unreadable(bank), *refused(bank)]
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in found], ensure_ascii=False))
    for row in [] if as_json else found:
        typer.echo(str(row))
    if not as_json:
        typer.echo(f"{len(bank.campaigns) + len(bank.mistakes)} · {len(found)}")
    raise typer.Exit(2 if found else 0)


@campaigns.command("preview")
def preview_command(code: Code, home: Home = None, as_of: AsOf = "", as_json: Json = False) -> None:
    """Tell whom it would reach, what the gates stop and what it would cost. 预览。"""
    from liuke.daily.campaign_preview import as_json as plain

    house, bank = _opened(home)
    seen = _previewed(house, bank, code, as_of)
    if as_json:
        typer.echo(json.dumps(plain(seen), ensure_ascii=False))
        return
    zh, locale = house.settings.locale != "en", house.settings.locale
    words = ("客群", "候选", "消息", "对照", "花费", "天数") if zh else (
        "audience", "candidates", "messages", "held out", "cost", "days")  # fmt: skip
    facts = (
        seen.audience,
        seen.candidates,
        seen.messages,
        seen.held_out,
        f"{seen.cents / 100:,.2f}",
        seen.working_days,
    )
    out = Console(highlight=False)
    out.print(f"{seen.day} · " + " · ".join(f"{w} {n}" for w, n in zip(words, facts, strict=True)))
    grid = Grid(*(("类别", "关卡", "拦截", "占比") if zh else ("class", "gate", "stops", "share")))
    for gate in seen.gates:
        grid.add_row(gate.message_class, gate_name(gate.gate, locale), f"{gate.candidates:,}", f"{gate.share:.1%}")
    out.print(grid)
    for warned in seen.warnings:
        told = "几乎拦截所有人" if zh else "stops nearly everybody"
        out.print(
            f"[yellow]{gate_name(warned.gate, locale)} · {warned.message_class} · {warned.share:.1%} {told}[/yellow]"
        )


@campaigns.command("propose")
def propose_command(
    code: Code,
    user: User,
    reason: Reason,
    home: Home = None,
    confirmed: Annotated[bool, typer.Option(help="That a gate stops nearly everybody is meant.")] = False,
) -> None:
    """Preview it, and ask a second person for approval. 提交审批。"""
    house, scope = house_and_scope(home, user)
    from liuke.daily.campaign_preview import as_json as plain
    from liuke.state.actions.change_campaign import Proposal, propose_campaign
    from liuke.state.actions.change_order import Who

    bank = read_bank_campaigns(house.home)
    asked = Proposal(reason, plain(_previewed(house, bank, code, "")), confirmed)
    row = propose_campaign(Who(scope, datetime.now(UTC)), bank.named(code), asked)
    typer.echo(f"{code} · {row.stage}")


@campaigns.command("approve")
def approve_command(code: Code, user: User, home: Home = None, reason: Reason = "") -> None:
    """Approve what somebody else proposed; it starts with the next run. 审批。"""
    house, scope = house_and_scope(home, user)
    from liuke.state.actions.change_campaign import decide_campaign
    from liuke.state.actions.change_order import Who

    campaign = read_bank_campaigns(house.home).named(code)
    row = decide_campaign(Who(scope, datetime.now(UTC)), campaign, "approve", _version(code), reason)
    typer.echo(f"{code} · {row.stage}")


@campaigns.command("pause")
def pause_command(code: Code, user: User, reason: Reason, home: Home = None) -> None:
    """Stop it for now; messages that wait wait on. 暂停。"""
    _stop(home, user, code, "pause", reason)


@campaigns.command("resume")
def resume_command(code: Code, user: User, home: Home = None) -> None:
    """Let a paused campaign go on. 恢复。"""
    _stop(home, user, code, "resume", "")


@campaigns.command("cancel")
def cancel_command(code: Code, user: User, reason: Reason, home: Home = None) -> None:
    """Call it off; messages that wait are not sent any more. 取消。"""
    _stop(home, user, code, "cancel", reason)


@campaigns.command("report")
def report_command(
    code: Code,
    home: Home = None,
    as_of: AsOf = "",
    horizon: Annotated[
        int | None, typer.Option(help="Days after the decision. Default: primary of outcome.yaml.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show its effect: treated against hold-out, with intervals. 效果。"""
    house, bank = _opened(home)
    bank.named(code)
    report = measured_effect(house, parse_day(as_of) if as_of else None, horizon, experiment_of(code))
    if as_json:
        typer.echo(json.dumps(as_dict(report, house.settings.locale), ensure_ascii=False))
    else:
        show_effect(report, house.settings.locale, Console(highlight=False))


def _opened(home: Path | None) -> tuple[House, BankCampaigns]:
    house = house_at_once(home)
    start_state(house.home)
    return house, read_bank_campaigns(house.home)


def _previewed(house: House, bank: BankCampaigns, code: str, as_of: str) -> Previewed:
    from liuke.daily.campaign_preview import preview_campaigns

    campaign = bank.named(code)
    with house.engine() as engine:
        day = parse_day(as_of) if as_of else last_run(house, engine)
        [seen] = preview_campaigns(house, engine, [campaign], bank.offers, house.as_of(day))
    return seen


def _stop(home: Path | None, user: str, code: str, step: Step, reason: str) -> None:
    house, scope = house_and_scope(home, user)
    from liuke.state.actions.change_campaign import stop_campaign
    from liuke.state.actions.change_order import Who

    bank = read_bank_campaigns(house.home)
    if code not in bank.mistakes:  # what cannot be read can be stopped all the same
        bank.named(code)
    row = stop_campaign(Who(scope, datetime.now(UTC)), code, step, _version(code), reason)
    typer.echo(f"{code} · {row.stage}")


def _stages() -> dict[str, str]:
    from liuke.state.models import CampaignState

    return dict(CampaignState.objects.values_list("code", "stage"))


def _version(code: str) -> int:
    from liuke.state.models import CampaignState

    found: Any = CampaignState.objects.filter(code=code).values_list("version", flat=True).first()
    return int(found or 0)
