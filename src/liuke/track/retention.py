"""The tiles and the funnel of the dashboard: from warning to kept customer, counted from the lake.

Orders and the RM's own outcome codes live in the state database; the console adds them beside these counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.track.measure import days_after


@dataclass(frozen=True, slots=True)
class Warned:
    """Customers with a warning on `day`, by tier, and the AUM they hold (bank's currency)."""

    day: date
    red: int
    orange: int
    yellow: int
    aum: float

    @property
    def total(self) -> int:
        """Everybody warned."""
        return self.red + self.orange + self.yellow


@dataclass(frozen=True, slots=True)
class Funnel:
    """预警 → 决策 → 派单 → 触达 → 接通 → 留存, of the decisions made in a span of days.

    treated: decisions for which an order was opened. contacted: treated with a contact tried within the
    horizon; reached: with one that got through. measured, retained: treated with an outcome at the horizon, and
    those kept. Counts are decisions.
    """

    decided: int
    held_out: int
    treated: int
    contacted: int
    reached: int
    measured: int
    retained: int


def warned(engine: Engine, signals: ir.Table, day: date) -> Warned:
    """The warnings of one day. signals: SIGNAL."""
    today = signals.filter(signals.as_of == ibis.literal(day), signals.tier != "none")
    tiers = {tier: (today.tier == tier).sum().fill_null(0) for tier in ("red", "orange", "yellow")}
    total = today.aum.cast("float64").sum().fill_null(0.0)
    [row] = engine.arrow(today.aggregate(**tiers, aum=total)).to_pylist()
    return Warned(day, int(row["red"]), int(row["orange"]), int(row["yellow"]), row["aum"])


def funnel(
    engine: Engine,
    decisions: ir.Table,
    contacts: ir.Table,
    outcomes: ir.Table,
    since: date,
    until: date,
    horizon_days: int,
) -> Funnel:
    """The funnel of decisions with since ≤ as_of ≤ until. contacts: CONTACT as known at the moment asked.

    A contact belongs to a decision by loop_id, or, where a source does not carry it, by customer and a day in
    (as_of, as_of + horizon]. To ask for a branch or an RM, hand in decisions already filtered.
    """
    chosen = decisions.filter(decisions.as_of.between(ibis.literal(since), ibis.literal(until)))
    met = _contacted(chosen.filter(chosen.arm == "treated"), contacts, horizon_days)
    kept = outcomes.filter(outcomes.horizon_days == horizon_days).select("loop_id", "retained")
    joined = chosen.select("loop_id", "arm").left_join(met, "loop_id").drop("loop_id_right")
    joined = joined.left_join(kept, "loop_id").drop("loop_id_right")
    treated = joined.arm == "treated"
    counts = joined.aggregate(
        decided=joined.count(),
        held_out=(~treated).sum().fill_null(0),
        treated=treated.sum().fill_null(0),
        contacted=joined.tries.notnull().sum().fill_null(0),
        reached=(joined.reached.fill_null(0) > 0).sum().fill_null(0),
        measured=(treated & joined.retained.notnull()).sum().fill_null(0),
        retained=(treated & joined.retained.fill_null(False)).sum().fill_null(0),
    )
    [row] = engine.arrow(counts).to_pylist()
    return Funnel(**{name: int(value) for name, value in row.items()})


def _contacted(treated: ir.Table, contacts: ir.Table, horizon_days: int) -> ir.Table:
    """loop_id, tries, reached of treated decisions with a contact."""
    calls = contacts.select("customer_id", "business_date", "result", called_for=contacts.loop_id)
    joined = treated.select("loop_id", "customer_id", "as_of").inner_join(calls, "customer_id")
    in_time = (joined.business_date > joined.as_of) & (joined.business_date <= days_after(joined.as_of, horizon_days))
    belongs = joined.filter(ibis.ifelse(joined.called_for.isnull(), in_time, joined.called_for == joined.loop_id))
    through = (belongs.result != "not_reached").sum()
    return belongs.group_by("loop_id").aggregate(tries=belongs.count(), reached=through)
