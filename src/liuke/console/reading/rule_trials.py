"""Customers whom a replayed rule matched, masked, of the person's scope."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from liuke.console.reading.lending import lend
from liuke.console.showing import locale
from liuke.govern.access import Scope, may, scoped
from liuke.govern.masking import mask_row
from liuke.tables import CUSTOMER_SNAPSHOT


@dataclass(frozen=True, slots=True)
class Matched:
    """members: how many customers the rule matched in the whole bank. sample: masked rows of some of them in scope."""

    members: int
    sample: tuple[Mapping[str, Any], ...]


def matched_sample(customer_ids: Collection[str], members: int, scope: Scope, limit: int = 10) -> Matched:
    """Some of the customers, those of the scope, the richest first; none for who sees no customers."""
    if not customer_ids or not may(scope.role, "see_customers"):
        return Matched(members, ())
    with lend() as reader:
        rows = scoped(reader.kept(CUSTOMER_SNAPSHOT), scope)
        mine = rows.filter(rows.customer_id.isin(sorted(customer_ids)))
        found = reader.engine.arrow(mine.order_by(mine.aum.desc(), mine.customer_id).limit(limit)).to_pylist()
    masked = tuple(mask_row(row, CUSTOMER_SNAPSHOT, scope.reads, locale()) for row in found)
    return Matched(members, masked)
