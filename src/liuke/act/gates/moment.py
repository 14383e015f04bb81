"""When a contact would take place, as values of an expression: written in it, or given whenever it is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from liuke.act.contact_policy import Planned
from liuke.act.offers.offer_file import CHANNELS
from liuke.engine import parameter


@dataclass(frozen=True, slots=True)
class Moment:
    """day: bank-local day of the contact. closed: channels whose window is shut then. opens: by channel, the day on
    which it opens again (for those that are open, the day itself).
    """

    day: ir.DateScalar
    closed: Sequence[str | ir.StringScalar]
    opens: Mapping[str, ir.DateScalar]


def moment_of(planned: Planned) -> Moment:
    """Written into the expression."""
    day = ibis.literal(planned.day)
    return Moment(day, planned.closed, {c: ibis.literal(planned.opens.get(c, planned.day)) for c in CHANNELS})


def open_moment() -> Moment:
    """Given whenever the prepared expression is run, by `moment_values`."""
    opens: dict[str, ir.DateScalar] = {c: parameter(f"opens_{c}").cast("date") for c in CHANNELS}
    return Moment(parameter("contact_day").cast("date"), [parameter("closed_channels")], opens)


def moment_values(planned: Planned) -> dict[str, str | Sequence[str]]:
    """The parameters of `open_moment`."""
    opens = {f"opens_{c}": planned.opens.get(c, planned.day).isoformat() for c in CHANNELS}
    return {"contact_day": planned.day.isoformat(), "closed_channels": list(planned.closed), **opens}
