"""Gate 拒绝: who refused on a channel is not approached on it again; others need a consent given since, and time."""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir

from liuke.act.contact_policy import ContactPolicy
from liuke.act.gates.consent import of_pair
from liuke.act.gates.moment import Moment
from liuke.act.gates.stop import Stop, day_text, is_true, later
from liuke.act.offers.offer_file import CHANNELS


def refusal(row: ir.Table, policy: ContactPolicy, moment: Moment) -> Iterator[Stop]:
    """Marketing only. A consent naming the very channel, given on a later day, opens it again: that is the customer's
    own wish.
    """
    here = ibis.cases(*((row.channel == c, row[f"refused_{c}_on"]) for c in CHANNELS), else_=ibis.null("date"))
    own, granted, last = of_pair(row, "named_on"), of_pair(row, "granted_on"), row.last_refusal_on
    reopened = is_true(own > here)
    yield Stop("channel_refused", here.notnull() & ~reopened, day_text(here), marketing=True)
    stale = last.notnull() & ~is_true(granted > last)
    yield Stop("no_fresh_consent", stale, day_text(last), marketing=True)
    recent = is_true(moment.day.delta(last, unit="day") < policy.refusal_cool_down_days)
    yield Stop("after_refusal", recent, day_text(last), later(last, policy.refusal_cool_down_days), marketing=True)
