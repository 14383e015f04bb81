"""`liuke gates`: why a customer was not contacted, which rule stops how many, what another policy would do."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Grid

from liuke.act.contact_policy import ContactPolicy
from liuke.act.gates.sentences import gate_name, general, sentence
from liuke.act.gates.why_not import fate_counts, fates_of, rule_stops
from liuke.cli.app import app
from liuke.cli.days import parse_day
from liuke.cli.engines import house_at_once
from liuke.engine import Engine
from liuke.errors import Place, YourMistake
from liuke.tables import CANDIDATE_FATE
from liuke.wiring.house import House
from liuke.wiring.state import start_state
from liuke.yaml_file import load_yaml

gates = typer.Typer(name="gates", help="Why nobody was contacted. 联系规则:为何没有联系、试算。", no_args_is_help=True)
app.add_typer(gates)

Home = Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsOf = Annotated[str, typer.Option("--as-of", help="Data date; default that of the last run.")]


@gates.command("why")
def why_command(
    customer: Annotated[str, typer.Argument(help="The customer number.")],
    home: Home = None,
    as_of: AsOf = "",
    as_json: Json = False,
) -> None:
    """Tell what became of a customer's candidates and why. 为何没有联系。"""
    house = house_at_once(home)
    with house.engine() as engine:
        fates = house.lake.scan(engine, CANDIDATE_FATE)
        day = _day(house, engine, as_of)
        rows = engine.arrow(fates_of(fates.filter(fates.as_of == day), customer)).to_pylist()
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, default=str))
        return
    zh, locale = house.settings.locale != "en", house.settings.locale
    grid = Grid(*(("动作", "渠道", "结局", "关卡", "原因") if zh else ("treatment", "channel", "fate", "gate", "why")))
    for row in rows:
        why = sentence(row["rule"], row["fact"], row["may_change_on"], locale) if row["rule"] else ""
        gate = gate_name(row["gate"], locale) if row["gate"] else ""
        grid.add_row(row["treatment"], row["channel"], row["fate"], gate, why)
    Console(highlight=False).print(grid)


@gates.command("report")
def report_command(
    home: Home = None,
    as_of: AsOf = "",
    treatment: Annotated[str, typer.Option(help="One treatment or offer only.")] = "",
    as_json: Json = False,
) -> None:
    """Count what each rule stops, and what loosening it alone would let pass. 各关卡拦截多少。"""
    house = house_at_once(home)
    with house.engine() as engine:
        fates, day = house.lake.scan(engine, CANDIDATE_FATE), _day(house, engine, as_of)
        stops, counts = rule_stops(engine, fates, day, treatment or None), fate_counts(engine, fates, day)
    if as_json:
        told = {"as_of": str(day), "fates": counts, "rules": [asdict(stop) for stop in stops]}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    zh, locale = house.settings.locale != "en", house.settings.locale
    heads = ("关卡", "规则", "拦截候选", "涉及客户", "仅此一条拦截", "放宽可增客户") if zh else (
        "gate", "rule", "candidates", "customers", "stopped by it alone", "customers let pass")  # fmt: skip
    grid = Grid(*heads, title=" · ".join([str(day), *(f"{fate} {n:,}" for fate, n in counts.items())]))
    for stop in stops:
        numbers = (stop.candidates, stop.customers, stop.alone, stop.customers_alone)
        rule = general(stop.rule, locale) or stop.rule
        grid.add_row(gate_name(stop.gate, locale), rule, *(f"{n:,}" for n in numbers))
    Console(highlight=False).print(grid)


@gates.command("simulate")
def simulate_command(
    policy: Annotated[Path, typer.Option(help="The contact.yaml that is tried.")],
    home: Home = None,
    days: Annotated[int, typer.Option(min=1, max=35, help="Calendar days back from the last run.")] = 30,
    as_json: Json = False,
) -> None:
    """Try another contact policy on the last days' candidates. 试算另一份联系规则。"""
    house = house_at_once(home)
    start_state(house.home)
    from liuke.daily.trying import try_policy

    with house.engine() as engine:
        found = try_policy(house, engine, load_yaml(policy, ContactPolicy), days=days)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, default=str))
        return
    _show(found, house)


def _show(found: Any, house: House) -> None:
    zh, locale = house.settings.locale != "en", house.settings.locale
    out = Console(highlight=False)
    words = ("候选", "通过", "新放行", "新拦截") if zh else ("candidates", "pass", "opened", "shut")
    out.print(
        f"{found.days[0]} … {found.days[-1]} · {words[0]} {found.candidates:,} · {words[1]} {found.passed_before:,} → "
        f"{found.passed_after:,} · {words[2]} {found.opened:,} · {words[3]} {found.shut:,}"
    )
    grid = Grid(*(("关卡", "规则", "现行", "试算", "仅此一条") if zh else ("gate", "rule", "now", "then", "it alone")))
    for each in found.rules:
        numbers = (each.before, each.after, each.alone)
        rule = general(each.rule, locale) or each.rule
        grid.add_row(gate_name(each.gate, locale), rule, *(f"{n:,}" for n in numbers))
    out.print(grid)
    for warned in found.warnings:
        told = "几乎拦截所有人" if zh else "stops nearly everybody"
        gate = gate_name(warned.gate, locale)
        out.print(f"[yellow]{gate} · {warned.message_class} · {warned.share:.1%} {told}[/yellow]")


def _day(house: House, engine: Engine, typed: str) -> date:
    if typed:
        return parse_day(typed)
    fates = house.lake.scan(engine, CANDIDATE_FATE)
    day: date | None = engine.arrow(fates.aggregate(day=fates.as_of.max()))["day"][0].as_py()
    if day is None:
        raise YourMistake(
            "no run has left candidates in this bank home yet",
            place=Place(str(house.home)),
            then=f"liuke run --as-of DATE --home {house.home}",
        )
    return day
