"""Gate 话术: what is to be said was checked when the offer was read; here it stops."""

from __future__ import annotations

from collections.abc import Iterator

import ibis.expr.types as ir

from liuke.act.contact_policy import ContactPolicy
from liuke.act.gates.moment import Moment
from liuke.act.gates.stop import Stop


def wording(row: ir.Table, _policy: ContactPolicy, _moment: Moment) -> Iterator[Stop]:
    """The first thing wrong with the offer's texts, by its code."""
    yield Stop("wording", row.wording_fact.notnull(), row.wording_fact)
