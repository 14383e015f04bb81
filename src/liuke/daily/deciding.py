"""The day's decisions, made once and appended to the decision table."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir
import pyarrow.compute as pc

from liuke.act.decide import capacities, fates, new_decisions, with_open_complaints
from liuke.act.loop_policy import LoopPolicy
from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.lake import Lake
from liuke.tables import DECISION


@dataclass(frozen=True, slots=True)
class Decided:
    """New decisions of the run, and those of them held out. care: customer_id, fate of everybody the gates let through,
    as it was before these decisions; None when nobody was decided about.
    """

    decided: int
    held_out: int
    care: ir.Table | None = None


NONE = Decided(0, 0)
"""What a day without decisions has."""


def decide_day(
    lake: Lake, engine: Engine, snapshot: ir.Table, signals: ir.Table, policy: LoopPolicy, tables: BankTables
) -> Decided:
    """Appends the decisions the day still lacks. Two runs at once store them once: both start at one version.

    snapshot: only those whom the gates of the care call let through.
    """
    version, before = lake.version(DECISION), lake.scan(engine, DECISION)
    people = with_open_complaints(snapshot, signals)
    rows = fates(people, before, capacities(tables.staff, policy), policy, tables.as_of)
    care = engine.materialise(rows.select("customer_id", "fate"))
    made = new_decisions(
        engine,
        people,
        before,
        tables.staff,
        policy,
        tables.as_of,
        tables.as_of.known_by,
    )
    if made.num_rows == 0:
        return Decided(0, 0, care)
    lake.append(DECISION, made, commit_id=f"decide:{policy.experiment}:{tables.as_of.day}:v{version}")
    held = pc.sum(pc.equal(made["arm"], "holdout")).as_py()
    return Decided(made.num_rows, int(held), care)
