"""Who entered each experiment so far and which hold-outs were contacted, of all experiments at once: for lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.engine import Engine
from liuke.track.effect import CALLS, first_decisions
from liuke.track.experiments.registration import Registration

_PLANS = pa.schema([
    ("code", pa.string()), ("experiment", pa.string()), ("first", pa.date32()), ("last", pa.date32()),
    ("horizon", pa.int64()),
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class SoFar:
    """Customers of one draw who entered since the start, held out of them, and held out yet contacted by a person
    within the horizon. first: data day of the first who entered.
    """

    entered: int = 0
    held_out: int = 0
    contacted: int = 0
    first: date | None = None


def so_far(
    engine: Engine, decisions: ir.Table, contacts: ir.Table, registrations: Mapping[str, Registration], day: date
) -> dict[str, SoFar]:
    """By code, in three queries however many there are. decisions: DECISION in scope; contacts: CONTACT as known.

    Each customer counts once per draw, with the first decision, as in a reading. Only messages by a person count as a
    contact here: what else leaked is told by the experiment's own reading. A book has no decisions and is left out.
    """
    asked = [
        {"code": code, "experiment": r.experiment, "first": r.started_on, "last": min(r.ended_on or day, day),
         "horizon": r.horizon_days}
        for code, r in registrations.items() if r.experiment
    ]  # fmt: skip
    if not asked:
        return {}
    plans = engine.from_arrow(pa.Table.from_pylist(asked, schema=_PLANS))
    people = engine.materialise(_people(decisions, plans))
    counts = people.group_by("code").aggregate(
        entered=people.count(), held_out=(people.arm == "holdout").sum(), first=people.as_of.min()
    )
    contacted = {row["code"]: row["contacted"] for row in engine.arrow(_contacted(people, contacts, day)).to_pylist()}
    rows = engine.arrow(counts).to_pylist()
    engine.release(people)
    engine.release(plans)
    return {r["code"]: SoFar(r["entered"], r["held_out"], contacted.get(r["code"], 0), r["first"]) for r in rows}


def _people(decisions: ir.Table, plans: ir.Table) -> ir.Table:
    rows = decisions.select("experiment", "customer_id", "as_of", "loop_id", "arm")
    mine = first_decisions(rows, "experiment").inner_join(plans, "experiment")
    mine = mine.filter(mine.as_of >= mine["first"], mine.as_of <= mine["last"])
    return mine.select("code", "customer_id", "arm", "as_of", "horizon")


def _contacted(people: ir.Table, contacts: ir.Table, day: date) -> ir.Table:
    calls = contacts.filter(contacts.channel.isin(list(CALLS))).select("customer_id", on_day="business_date")
    met = people.filter(people.arm == "holdout").inner_join(calls, "customer_id")
    near = met.on_day.delta(met.as_of, unit="day") <= met.horizon
    inside = met.filter(met.on_day > met.as_of, near, met.on_day <= ibis.literal(day))
    return inside.group_by("code").aggregate(contacted=inside.customer_id.nunique())
