"""The day's decisions, made once and appended to the decision table."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir
import pyarrow.compute as pc

from liuke.act.decide import new_decisions, with_open_complaints
from liuke.act.loop_policy import LoopPolicy
from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.lake import Lake
from liuke.tables import DECISION


@dataclass(frozen=True, slots=True)
class Decided:
    """New decisions of the run, and those of them held out."""

    decided: int
    held_out: int


NONE = Decided(0, 0)
"""What a day without decisions has."""


def decide_day(
    lake: Lake, engine: Engine, snapshot: ir.Table, signals: ir.Table, policy: LoopPolicy, tables: BankTables
) -> Decided:
    """Appends the decisions the day still lacks. Two runs at once store them once: both start at one version."""
    version = lake.version(DECISION)
    made = new_decisions(
        engine,
        with_open_complaints(snapshot, signals),
        lake.scan(engine, DECISION),
        tables.staff,
        policy,
        tables.as_of,
        tables.as_of.known_by,
    )
    if made.num_rows == 0:
        return NONE
    lake.append(DECISION, made, commit_id=f"decide:{policy.experiment}:{tables.as_of.day}:v{version}")
    held = pc.sum(pc.equal(made["arm"], "holdout")).as_py()
    return Decided(made.num_rows, int(held))
