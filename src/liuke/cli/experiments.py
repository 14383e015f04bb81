"""`liuke experiments`: every draw and where it stands, the planner, four eyes, start and stop, readings, leaks."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Grid

from liuke.cli.app import app
from liuke.cli.days import parse_day
from liuke.cli.effect import last_run
from liuke.cli.engines import house_at_once
from liuke.cli.experiments_shown import as_dict, show_leaks, show_plan, show_reading
from liuke.cli.log_in import house_and_scope
from liuke.engine import Engine
from liuke.track.experiments.catalogue import BankExperiments, read_bank_experiments
from liuke.track.experiments.planner import as_json as plan_json
from liuke.wiring.house import House
from liuke.wiring.state import start_state

experiments = typer.Typer(
    name="experiments", no_args_is_help=True,
    help="Experiments. 实验:清单、样本与天数、提交、审批、开始、停止、读数、漏触达。",
)  # fmt: skip
app.add_typer(experiments)

Home = Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Code = Annotated[str, typer.Argument(help="The experiment's code: its file's name, or draw_… of the list.")]
User = Annotated[str, typer.Option("--as", help="The log-in who does it.")]
Reason = Annotated[str, typer.Option(help="Why; stands in the audit log.")]
AsOf = Annotated[str, typer.Option("--as-of", help="Data date; default that of the last run.")]


@experiments.command("list")
def list_command(home: Home = None, as_json: Json = False) -> None:
    """List every experiment and every draw, registered or not. 实验清单。"""
    house, bank = _opened(home)
    from liuke.state.experiment_list import listed

    rows = [
        {
            "experiment": line.code, "name": line.name.en if house.settings.locale == "en" else line.name.zh,
            "stage": line.stage, "evidence": line.spec.evidence if line.spec else None, "changed": line.changed,
            "started_on": (line.registration and line.stage != "unregistered" and str(line.registration.started_on))
            or None, "mistake": str(line.mistake) if line.mistake else None,
        }
        for line in listed(bank)
    ]  # fmt: skip
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    zh = house.settings.locale != "en"
    grid = Grid(*(("实验", "名称", "状态", "证据", "已改动", "开始") if zh else
                  ("experiment", "name", "stage", "evidence", "changed", "started")))  # fmt: skip
    grid.columns[0].overflow = "fold"  # a code is typed by whoever reads it
    for row in rows:
        grid.add_row(*("" if row[name] in (None, False) else str(row[name]) for name in list(row)[:-1]))
    Console(highlight=False).print(grid)
    for mistake in bank.mistakes.values():
        typer.echo(str(mistake), err=True)


@experiments.command("plan")
def plan_command(code: Code, home: Home = None, as_of: AsOf = "", as_json: Json = False) -> None:
    """Tell how many customers and days it needs. 要多少客户、等多少天。"""
    house, bank = _opened(home)
    planned = _planned(house, bank, code, as_of)
    if as_json:
        typer.echo(json.dumps(planned, ensure_ascii=False))
    else:
        show_plan(planned, house.settings.locale, Console(highlight=False))


@experiments.command("propose")
def propose_command(code: Code, user: User, reason: Reason, home: Home = None) -> None:
    """Plan it, and ask a second person for approval. 提交审批。"""
    house, scope = house_and_scope(home, user)
    from liuke.state.actions.change_experiment import propose_experiment
    from liuke.state.actions.change_order import Who

    bank = read_bank_experiments(house.home)
    planned = _planned(house, bank, code, "")
    row = propose_experiment(Who(scope, datetime.now(UTC)), bank.named(code), planned, reason)
    typer.echo(f"{code} · {row.stage}")


@experiments.command("approve")
def approve_command(code: Code, user: User, home: Home = None, reason: Reason = "") -> None:
    """Approve what somebody else proposed; it starts with the next run, or on its day. 审批。"""
    _decide(home, user, code, "approve", reason)


@experiments.command("refuse")
def refuse_command(code: Code, user: User, reason: Reason, home: Home = None) -> None:
    """Say no, and why. 退回。"""
    _decide(home, user, code, "refuse", reason)


@experiments.command("start")
def start_command(code: Code, user: User, home: Home = None) -> None:
    """Freeze an approved experiment and start it with the next data day. 开始。"""
    house, scope = house_and_scope(home, user)
    from liuke.daily.experimenting import clusters_for
    from liuke.state.actions.change_experiment import start_experiment
    from liuke.state.actions.change_order import Who

    experiment = read_bank_experiments(house.home).named(code)
    with house.engine() as engine:
        day = last_run(house, engine)
        clusters = clusters_for(house, engine, experiment, house.as_of(day))
    who = Who(scope, datetime.now(UTC))
    row = start_experiment(who, experiment, day + timedelta(days=1), _version(code), clusters)
    typer.echo(f"{code} · {row.stage} · {row.started_on}")


@experiments.command("stop")
def stop_command(code: Code, user: User, reason: Reason, home: Home = None) -> None:
    """End a running experiment by hand. 停止。"""
    house, scope = house_and_scope(home, user)
    from liuke.state.actions.change_experiment import stop_experiment
    from liuke.state.actions.change_order import Who

    with house.engine() as engine:
        day = last_run(house, engine)
    row = stop_experiment(Who(scope, datetime.now(UTC)), code, _version(code), reason, day)
    typer.echo(f"{code} · {row.stage}")


@experiments.command("read")
def read_command(code: Code, home: Home = None, as_of: AsOf = "", as_json: Json = False) -> None:
    """Read it as it was registered, as of a day: verdict, intervals, findings. 读数。"""
    house, bank = _opened(home)
    from liuke.daily.experimenting import read_one, reading_day
    from liuke.state.experiment_list import listed_named

    line = listed_named(bank, code)
    with house.engine() as engine:
        day = parse_day(as_of) if as_of else reading_day(line, last_run(house, engine))
        found = read_one(house, engine, line, day)
    if as_json:
        typer.echo(json.dumps(as_dict(found, house.settings.locale), ensure_ascii=False))
    else:
        show_reading(found, house.settings.locale, Console(highlight=False))


@experiments.command("leaks")
def leaks_command(
    code: Code,
    home: Home = None,
    as_of: AsOf = "",
    by: Annotated[str, typer.Option(help="staff_id, branch, channel or on_day.")] = "staff_id",
    as_json: Json = False,
) -> None:
    """Tell which hold-outs were contacted all the same, and by whom. 对照组被触达。"""
    house, bank = _opened(home)
    from liuke.daily.experimenting import leaks_of
    from liuke.state.experiment_list import listed_named

    line = listed_named(bank, code)
    with house.engine() as engine:
        rows = leaks_of(house, engine, line, _day(house, engine, as_of), by)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, default=str))
    else:
        show_leaks(rows, by, house.settings.locale, Console(highlight=False))


def _opened(home: Path | None) -> tuple[House, BankExperiments]:
    house = house_at_once(home)
    start_state(house.home)
    return house, read_bank_experiments(house.home)


def _planned(house: House, bank: BankExperiments, code: str, as_of: str) -> dict[str, Any]:
    from liuke.daily.experimenting import plan_one

    experiment = bank.named(code)
    with house.engine() as engine:
        return plan_json(plan_one(house, engine, experiment, _day(house, engine, as_of)))


def _day(house: House, engine: Engine, as_of: str) -> date:
    return parse_day(as_of) if as_of else last_run(house, engine)


def _decide(home: Path | None, user: str, code: str, step: Any, reason: str) -> None:
    house, scope = house_and_scope(home, user)
    from liuke.state.actions.change_experiment import decide_experiment
    from liuke.state.actions.change_order import Who

    experiment = read_bank_experiments(house.home).named(code)
    row = decide_experiment(Who(scope, datetime.now(UTC)), experiment, step, _version(code), reason)
    typer.echo(f"{code} · {row.stage}")


def _version(code: str) -> int:
    from liuke.state.models import ExperimentState

    found: Any = ExperimentState.objects.filter(code=code).values_list("version", flat=True).first()
    return int(found or 0)
