"""The lost-contact list: whom nobody reaches, scoped in the query."""

from __future__ import annotations

from typing import Final

import ibis

from liuke.console.reading.customers import Found
from liuke.console.reading.lending import Reader
from liuke.govern.access import Scope, scoped
from liuke.tables import CUSTOMER_SNAPSHOT, LOST_CONTACT

PAGE: Final = 20
_ABOUT: Final = ("name", "bank_tier", "tier")


def lost_contacts(reader: Reader, scope: Scope, branches: frozenset[str] | None, page: int) -> Found:
    """One page of the list in scope, the longest tried and richest first. branches: None for all in scope."""
    rows = scoped(reader.house.lake.scan(reader.engine, LOST_CONTACT), scope)
    if branches is not None:
        rows = rows.filter(rows.branch_id.isin(sorted(branches)) if branches else ibis.literal(False))
    total = reader.engine.count(rows)
    ordered = rows.order_by([ibis.desc("attempts"), ibis.desc("aum"), ibis.asc("customer_id")])
    few = ordered.limit(PAGE, offset=(max(page, 1) - 1) * PAGE)
    found = reader.engine.arrow(few).to_pylist()
    people = reader.kept(CUSTOMER_SNAPSHOT)
    asked = people.filter(people.customer_id.isin([row["customer_id"] for row in found]))
    about = {r["customer_id"]: r for r in reader.engine.arrow(asked.select("customer_id", *_ABOUT)).to_pylist()}
    nobody = dict.fromkeys(_ABOUT)
    return Found([row | {k: about.get(row["customer_id"], nobody)[k] for k in _ABOUT} for row in found], total)
