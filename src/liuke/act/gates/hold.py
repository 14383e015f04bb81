"""Gate 限制: holds of the bank on a customer, age, and the quiet time around complaints."""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir

from liuke.act.contact_policy import ALL_HOLDS, YOUNGEST, ContactPolicy
from liuke.act.gates.moment import Moment
from liuke.act.gates.stop import Stop, day_text, is_true, later


def hold(row: ir.Table, policy: ContactPolicy, moment: Moment) -> Iterator[Stop]:
    """Holds stop the classes that the policy says; age stops both; complaints stop marketing."""
    marketing = row.message_class == "marketing"
    yield Stop("unknown_customer", row.known.isnull())
    for kind in ALL_HOLDS:
        since, until = row[f"{kind}_since"], row[f"{kind}_until"]
        stops = (marketing & (kind in policy.holds)) | (~marketing & (kind in policy.service_holds))
        running = is_true(since <= moment.day) & (until.isnull() | is_true(until >= moment.day))
        yield Stop(kind, stops & running, day_text(since), later(until, 1))
    for rule, years in (("under_14", YOUNGEST), ("under_age", policy.minimum_age_years)):
        yield Stop(rule, is_true(_age(row.birth_date, moment.day) < years), None, birthday(row.birth_date, years))
    opened, last = row.open_complaint_since, row.last_complaint_on
    yield Stop("open_complaint", opened.notnull(), day_text(opened), marketing=True)
    recent = is_true(moment.day.delta(last, unit="day") < policy.complaint_quiet_days)
    over = later(last, policy.complaint_quiet_days)
    yield Stop("after_complaint", recent, day_text(last), over, marketing=True)


def _age(born: ir.DateValue, day: ir.DateValue) -> ir.IntegerValue:
    """Whole years; who was born on 29 February is a year older on 1 March."""
    to_come = born.month() * 100 + born.day() > day.month() * 100 + day.day()
    return day.year() - born.year() - to_come.cast("int32")


def birthday(born: ir.DateValue, years: int) -> ir.DateValue:
    """The day on which somebody has lived so many years."""
    moment = born.cast("timestamp")
    plain = (moment + ibis.interval(years=years)).cast("date")
    leap_day = (born.month() == 2) & (born.day() == 29)
    if years % 4 == 0:
        return plain
    return ibis.ifelse(leap_day, (moment + ibis.interval(days=1) + ibis.interval(years=years)).cast("date"), plain)
