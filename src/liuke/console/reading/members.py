"""Customers that an analysis found, as a person may see them: how many, and masked rows of some."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.console.reading.audience import Live
from liuke.console.reading.lending import Reader
from liuke.console.showing import locale
from liuke.govern.access import Scope, require, scoped
from liuke.govern.masking import mask_row
from liuke.insight.rules.data import RuleData
from liuke.tables import CUSTOMER_SNAPSHOT

SHOWN: Final = 20
_COLUMNS: Final = ("customer_id", "name", "bank_tier", "branch_id", "staff_id", "aum", "tier")


def shown_members(reader: Reader, data: RuleData, found: ir.Table, scope: Scope) -> Live:
    """found: customer_id. Scoped once more here, whoever found them: the richest first, masked for the role.

    Former customers are neither counted nor shown.
    """
    require(scope, "see_customers")
    engine, people = reader.engine, scoped(reader.kept(CUSTOMER_SNAPSHOT), scope)
    own = engine.materialise(people.semi_join(found, "customer_id").select(*_COLUMNS))
    try:
        rows = engine.arrow(own.order_by([ibis.desc("aum"), "customer_id"]).limit(SHOWN)).to_pylist()
        members = engine.count(own)
    finally:
        engine.release(own)
    masked = tuple(mask_row(row, CUSTOMER_SNAPSHOT, scope.reads, locale()) for row in rows)
    return Live(data.day, members, engine.count(people), masked)
