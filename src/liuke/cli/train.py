"""`liuke train`: from a flat table (`--table`, train_table.py) or from the bank home (train_bank.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liuke.cli.app import app
from liuke.cli.engines import EngineOption, house_on
from liuke.cli.train_bank import train_home
from liuke.cli.train_table import train_table
from liuke.errors import YourMistake
from liuke.insight.churn.learning.flat.training import FLAT, FlatRequest
from liuke.insight.churn.learning.library import needs_lightgbm


def names(text: str) -> tuple[str, ...]:
    """Column names as typed: separated by commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _refuse_table_options(**given: str | None) -> None:
    """Options that mean nothing without --table are said to, instead of being passed over."""
    stray = [f"--{'id' if name == 'ids' else name}" for name, value in given.items() if value]
    if stray:
        raise YourMistake(
            f"{stray[0]} belongs to --table",
            expected="--table FILE beside it, or `liuke train` alone in a bank home",
            then="liuke train --table customers.csv --label churn",
        )


def _refuse_home_options(**given: object) -> None:
    """And those that mean nothing beside it."""
    stray = [f"--{name}" for name, value in given.items() if value is not None]
    if stray:
        raise YourMistake(
            f"{stray[0]} belongs to training on the bank's own history, and --table was given",
            expected="one of the two",
            then="liuke train   # in the bank home, without --table",
        )


@app.command("train")
def train_command(
    table: Annotated[Path | None, typer.Option(help="A CSV, Parquet or Excel file, one row per customer.")] = None,
    label: Annotated[str | None, typer.Option(help="The column that says who left; with --table.")] = None,
    positive: Annotated[str | None, typer.Option(help="The label's value that means 'left'.")] = None,
    ids: Annotated[str, typer.Option("--id", help="Columns that only name people: A,B.")] = "",
    time: Annotated[str | None, typer.Option(help="When a row was taken; validation goes forward in time.")] = None,
    purge_days: Annotated[int, typer.Option(min=0, help="Days left out before each validated period.")] = 0,
    exclude: Annotated[str, typer.Option(help="Columns to leave out: A,B.")] = "",
    protect: Annotated[str, typer.Option(help="Left out, but compared between groups on the card: A,B.")] = "",
    allow_leak: Annotated[bool, typer.Option("--allow-leak", help="Train although one column gives it away.")] = False,
    folds: Annotated[int, typer.Option(min=2, max=20)] = 5,
    repeats: Annotated[int, typer.Option(min=1, max=20)] = 3,
    seed: Annotated[int, typer.Option(help="Same data and seed: same model.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Folder of the model; default models/<table>/<version>.")] = None,
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
    definition: Annotated[str | None, typer.Option(help="A churn definition of policies/churn.yaml.")] = None,
    snapshots: Annotated[int | None, typer.Option(min=3, help="How many past days to learn from and judge on.")] = None,
    until: Annotated[str | None, typer.Option(help="The last day whose outcome counts, e.g. 2026-06-30.")] = None,
    known_now: Annotated[
        bool, typer.Option("--known-now", help="Use everything known today, not only what was known then.")
    ] = False,
    engine: EngineOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Train and judge a churn model, in a bank home or from one flat table. 训练流失模型:基线并列,校准,模型卡。"""
    if table is None:
        _refuse_table_options(label=label, positive=positive, time=time, ids=ids, exclude=exclude, protect=protect)
        needs_lightgbm()  # before the minutes that gathering the examples takes
        house = house_on(home, engine)
        train_home(house, definition=definition, snapshots=snapshots, until=until, known_now=known_now, as_json=as_json)
        return
    _refuse_home_options(definition=definition, snapshots=snapshots, until=until, engine=engine)
    if label is None:
        raise YourMistake(
            "which column says who left?",
            expected="--label COLUMN beside --table",
            then=f"liuke train --table {table} --label churn",
        )
    settings = FLAT.but(allow_leak=allow_leak, purge_days=purge_days)
    request = FlatRequest(
        table, label, positive, names(ids), time, names(exclude), names(protect), folds, repeats, seed, settings
    )
    train_table(request, out, as_json=as_json)
