"""Hold-outs who were contacted all the same: by whom, over which channel, on which day.

A hold-out is enforced when decisions are made, over every channel. What gets past it is people: an RM calls on his own.
Each such contact makes the measured effect smaller than it is, so it is told with the name of the desk.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.track.effect import CALLS
from liuke.track.measure import days_after

BYS: Final = ("staff_id", "branch", "channel", "on_day")
"""What contacted hold-outs are grouped by: who contacted them, their branch, channel, day."""


@dataclass(frozen=True, slots=True)
class Leaked:
    """held_out: drawn into the hold-out. people: of them with a contact that counts, share: of all held out."""

    held_out: int
    people: int
    contacts: int

    @property
    def share(self) -> float:
        """Of the held out, 0..1."""
        return self.people / self.held_out if self.held_out else 0.0


def leaks(
    units: ir.Table, contacts: ir.Table, horizon_days: int, as_of: AsOf, channels: Collection[str] = CALLS
) -> ir.Table:
    """One row per contact with a hold-out in (entered_on, entered_on + horizon_days], up to the as-of day.

    units: unit_id, customer_id, arm, entered_on, branch, rm. contacts: CONTACT as known at `as_of`. Columns: unit_id,
    customer_id, entered_on, branch, rm, contact_id, on_day, channel, staff_id (who did it; empty for a machine),
    result, by_person, counts. counts: by a person, or over one of the treatment's `channels`; a message of something
    else is listed and does not count, for nobody was held out from that.
    """
    held = units.filter(units.arm == "holdout").select("unit_id", "customer_id", "entered_on", "branch", "rm")
    made = contacts.select("contact_id", "customer_id", "channel", "staff_id", "result", on_day="business_date")
    met = held.inner_join(made, "customer_id")
    last = ibis.least(days_after(met.entered_on, horizon_days), ibis.literal(as_of.day))
    inside = met.filter(met.on_day > met.entered_on, met.on_day <= last)
    by_person = inside.channel.isin(list(CALLS))
    counted = by_person | inside.channel.isin(list(channels)) if channels else by_person
    return inside.mutate(by_person=by_person, counts=counted)


def leaked(engine: Engine, units: ir.Table, rows: ir.Table) -> Leaked:
    """How many, of `leaks`."""
    counted = rows.filter(rows.counts)
    [found] = engine.arrow(counted.aggregate(people=counted.unit_id.nunique(), contacts=counted.count())).to_pylist()
    return Leaked(engine.count(units.filter(units.arm == "holdout")), found["people"], found["contacts"])


def leaked_by(engine: Engine, rows: ir.Table, by: str, limit: int = 50) -> list[dict[str, Any]]:
    """Those that count, grouped: the key, people, contacts, reached (contacts that got through), most people first."""
    counted = rows.filter(rows.counts)
    sums = counted.group_by(by).aggregate(
        people=counted.unit_id.nunique(), contacts=counted.count(), reached=(counted.result != "not_reached").sum()
    )
    found: list[dict[str, Any]] = engine.arrow(
        sums.order_by(ibis.desc("people"), ibis.desc("contacts"), by).limit(limit)
    ).to_pylist()
    return found
