"""Gate 时段: marketing only in the channel's hours, on workdays unless the bank says otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir

from liuke.act.contact_policy import ContactPolicy
from liuke.act.gates.moment import Moment
from liuke.act.gates.stop import Stop, is_true
from liuke.act.offers.offer_file import CHANNELS


def window(row: ir.Table, policy: ContactPolicy, moment: Moment) -> Iterator[Stop]:
    """Windows and holidays are looked up for the moment, not per customer: all are in the bank's zone."""
    hours = {c: policy.window_of(c) for c in CHANNELS}
    said = ibis.cases(*((row.channel == c, f"{w.opens:%H:%M}–{w.closes:%H:%M}") for c, w in hours.items()), else_="")
    opens = ibis.cases(*((row.channel == c, moment.opens[c]) for c in CHANNELS), else_=ibis.null("date"))
    # A list given at the run may be empty, and nothing is known of being in an empty one.
    shut = is_true(row.channel.isin(list(moment.closed))) if len(moment.closed) else ibis.literal(False)
    yield Stop("outside_window", shut, said, opens, marketing=True)
