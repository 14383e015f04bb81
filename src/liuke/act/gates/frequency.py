"""Gate 频次: caps on marketing contacts over all channels and campaigns, counted back from the day of the contact."""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir

from liuke.act.contact_policy import ContactPolicy
from liuke.act.gates.moment import Moment
from liuke.act.gates.stop import Stop, is_true, later


def frequency(row: ir.Table, policy: ContactPolicy, moment: Moment) -> Iterator[Stop]:
    """A cap of n in d days is reached while the n-th newest marketing contact is less than d days back."""
    for cap in policy.caps:
        said = ibis.literal(f"{cap.contacts}/{cap.days}")
        if cap.contacts == 0:
            yield Stop(f"cap_{cap.days}", ibis.literal(True), said, marketing=True)
            continue
        nth = row[f"marketing_{cap.contacts}_on"]
        reached = is_true(moment.day.delta(nth, unit="day") < cap.days)
        yield Stop(f"cap_{cap.days}", reached, said, later(nth, cap.days), marketing=True)
