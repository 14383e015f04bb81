"""`liuke replay`: how often a trigger rule would have matched in the past."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from liuke.cli.app import app
from liuke.cli.days import parse_day
from liuke.errors import YourMistake, did_you_mean
from liuke.wiring import open_house

_out, _err = Console(highlight=False), Console(stderr=True, highlight=False)


@app.command("replay")
def replay_command(
    rule: Annotated[str, typer.Argument(help="The rule's code: the name of its file in triggers/.")],
    start: Annotated[str, typer.Option("--from", help="First past day, e.g. 2026-05-01.")],
    end: Annotated[str, typer.Option("--to", help="Last past day.")],
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Run the past through a trigger rule: how often, for whom, what load. 触发规则回放。"""
    house = open_house(home)
    first, last = parse_day(start), parse_day(end)
    from liuke.act.triggers import read_triggers
    from liuke.streaming.core.sight import past_sight
    from liuke.streaming.people import People
    from liuke.streaming.replay import replay
    from liuke.streaming.rules import catalogue_of

    catalogue = catalogue_of(house.home)
    rules = read_triggers(house.home, catalogue).every
    if rule not in rules:
        raise YourMistake(f"no rule is called '{rule}'; {did_you_mean(rule, rules)}", then="name a file of triggers/")
    columns = SpinnerColumn(), TextColumn("{task.completed:,} events"), TimeElapsedColumn()
    with house.on("duckdb").engine() as engine, Progress(*columns, console=_err, disable=as_json) as bar:
        task = bar.add_task("replay", total=None)
        sight = past_sight(house.lake, engine, house.as_of(last), house.zone)
        found = replay(
            engine, sight, People(house.lake, engine), rules[rule], catalogue, first, house.calendar,
            lambda done: bar.update(task, completed=done),
        )  # fmt: skip
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str, ensure_ascii=False))
        return
    name = rules[rule].spec.name
    _out.print(f"{name.zh} {name.en}   {first} … {last}   {found.events:,} 件事件 events")
    _out.print(f"触发 matches {found.matches:,} · 客户 customers {found.customers:,} ({found.share:.2%})")
    _out.print(
        f"单日最多 busiest day {found.busiest:,} · 工作台 desks {found.desks:,} · "
        f"每台每工作日 per desk and workday {found.per_desk_day:.2f}, 最多 at most {found.most_per_desk_day}"
    )
    if found.too_wide:
        _out.print(f"[red]{found.too_wide}[/red]")


@app.command("replay-asked", hidden=True)
def replay_asked_command(
    number: Annotated[int, typer.Argument(help="The row of the state database that asks.")],
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
) -> None:
    """The replay of a rule, or the trial of a policy, that somebody asked for in the console."""
    from liuke.wiring.state import start_state

    house = open_house(home)
    start_state(house.home)
    from liuke.state.actions.replay_rule import is_trial

    if is_trial(number):
        from liuke.daily.trying_job import run_trial

        run_trial(house, number)
        return
    from liuke.streaming.replay_job import run_job

    run_job(house, number)
