"""Which engine a command opens: the bank's own or that of --engine, or DuckDB where the answer is wanted at once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from liuke.wiring.house import House, open_house


class Engines(StrEnum):
    """The choices of --engine: the kinds of settings.EngineKind."""

    duckdb = "duckdb"
    spark = "spark"


EngineOption = Annotated[
    Engines | None, typer.Option(help="The engine that computes; default engine.kind in liuke.yaml.")
]


def house_on(home: Path | None, engine: Engines | None) -> House:
    """The bank home with the engine asked for, else with its own."""
    house = open_house(home)
    return house.on(engine.value) if engine else house


def house_at_once(home: Path | None) -> House:
    """The bank home on DuckDB, for what a page would show: Spark takes longer to start than the answer takes."""
    return open_house(home).on("duckdb")
