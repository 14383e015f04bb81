"""The whole bank against the global hold-out: the last word, for it counts nobody twice and leaves nothing out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.act.holdout import drawn
from liuke.act.withheld import Withheld
from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.track.measure import measured
from liuke.track.outcomes import OutcomePolicy, kept_share, retained
from liuke.track.saved.reading import Reading, read, scaled
from liuke.track.saved.sums import arms_of, sums
from liuke.track.saved.units import Within, everyone

TREATED_PER_HELD: Final = 20
"""So many of the others are measured beside each held-out customer, by the same draw: more would narrow the interval by
at most a fortieth and read the balances of the whole bank."""
_MOST_DAYS: Final = 13


@dataclass(frozen=True, slots=True)
class Everybody:
    """Customers the bank had on `since`, on each of `days` (ascending, the last is the as-of day).

    held_out, others: of them. reached: held out, and treated after all since then; the effect is understated by them.
    """

    since: date
    held_out: int
    others: int
    reached: int
    days: tuple[tuple[date, Reading], ...]

    @property
    def reading(self) -> Reading:
        """As of the day: saves are customers still here who would not be."""
        return self.days[-1][1]


def everybody(
    engine: Engine,
    tables: BankTables,
    decisions: ir.Table,
    policy: OutcomePolicy,
    held: Withheld,
    since: date,
    worth: float,
    within: Within = everyone,
) -> Everybody | None:
    """None without a global hold-out, or when the period has not begun a day ago.

    Everybody who was a customer on `since` stands in the arm of their draw, whatever was done with them (intention to
    treat): here on a day = retained by outcome.yaml, measured from the AUM on `since`. tables: as of the as-of day.
    """
    as_of = tables.as_of
    days = days_between(since, as_of.day)
    if not held.share or not days:
        return None
    counts = engine.arrow(people_drawn(tables.customer, decisions, held, since, as_of, within)).to_pylist()
    size = {row["arm"]: row for row in counts}
    if not {"treated", "holdout"} <= size.keys():
        return None
    by_day = arms_of(engine, standing(tables, policy, held, since, days, within), "entered")
    return Everybody(
        since,
        size["holdout"]["people"],
        size["treated"]["people"],
        size["holdout"]["reached"],
        tuple((day, scaled(read(by_day[day], worth), size["treated"]["people"])) for day in days if day in by_day),
    )


def days_between(since: date, day: date) -> tuple[date, ...]:
    """The last days of months after `since`, at most a year back, and the day itself; none unless it lies later."""
    ends: list[date] = []
    at = day.replace(day=1) - timedelta(days=1)
    while at > since and len(ends) < _MOST_DAYS - 1:
        ends.append(at)
        at = at.replace(day=1) - timedelta(days=1)
    return (*reversed(ends), day) if day > since else ()


def people_drawn(
    customers: ir.Table, decisions: ir.Table, held: Withheld, since: date, as_of: AsOf, within: Within = everyone
) -> ir.Table:
    """arm, people, reached: customers of `since` by arm, and those of them treated after it."""
    drawn_people = _people(customers, held, since, within)
    treated = decisions.filter(
        decisions.arm == "treated", decisions.as_of > ibis.literal(since), decisions.as_of <= ibis.literal(as_of.day)
    )
    met = drawn_people.semi_join(treated, "customer_id").select("customer_id", met=ibis.literal(1))
    joined = drawn_people.left_join(met, "customer_id")
    return joined.group_by("arm").aggregate(people=joined.count(), reached=joined.met.fill_null(0).sum())


def standing(
    tables: BankTables,
    policy: OutcomePolicy,
    held: Withheld,
    since: date,
    days: Sequence[date],
    within: Within = everyone,
) -> ir.Table:
    """`sums` of those measured, by day (`entered`) and arm."""
    people = _people(tables.customer, held, since, within)
    asked = people.filter(people.draw < held.share * (1 + TREATED_PER_HELD)).select("customer_id", "arm")
    points = ibis.union(*(asked.mutate(on_day=ibis.literal(day)) for day in (since, *days)))
    stood = measured(points, tables, (policy.activity_window_days,))
    start = stood.filter(stood.on_day == ibis.literal(since)).select("customer_id", aum_at_decision="aum")
    later = stood.filter(stood.on_day > ibis.literal(since)).inner_join(start, "customer_id")
    before, yes = later.aum_at_decision.cast("float64"), ibis.literal(True)
    rows = later.select(
        "arm", entered=later.on_day, holdout_share=ibis.literal(held.share), comparable=yes, matured=yes, measured=yes,
        weight=ibis.literal(1.0), retained=retained(later, policy).cast("int64").cast("float64"),
        before=before, kept=kept_share(later.aum, later.aum_at_decision) * before, cost=ibis.literal(0.0),
    )  # fmt: skip
    return sums(rows, "entered")


def _people(customers: ir.Table, held: Withheld, since: date, within: Within) -> ir.Table:
    """customer_id, draw, arm of the customers of `since`."""
    day = ibis.literal(since)
    there = customers.filter(customers.opened_on <= day, customers.closed_on.isnull() | (customers.closed_on > day))
    rows = within(there.mutate(staff_id=ibis.null("string"))).select("customer_id")
    rows = rows.mutate(draw=drawn(rows.customer_id, held.experiment, held.salt))
    return rows.mutate(arm=ibis.ifelse(rows.draw < held.share, "holdout", "treated"))
