"""Customers the person may see: which of some numbers they are, and who has a phone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import ibis

from liuke.console.reading.customers import is_phone, phone_fits
from liuke.console.reading.lending import lend
from liuke.govern.access import Scope, finds_people, scoped
from liuke.tables import CUSTOMER_SNAPSHOT

MOST: Final = 200


def among_own(scope: Scope, customer_ids: Iterable[str]) -> frozenset[str]:
    """Those of the numbers that are in the person's scope."""
    asked = sorted({each for each in customer_ids if each})
    if not asked:
        return frozenset()
    with lend() as reader:
        rows = scoped(reader.kept(CUSTOMER_SNAPSHOT), scope).filter(ibis._.customer_id.isin(asked))
        return frozenset(reader.engine.arrow(rows.select("customer_id"))["customer_id"].to_pylist())


def with_phone(scope: Scope, text: str) -> frozenset[str]:
    """Customers in the scope whose phone the text means, at most 200; none for whoever sees phones masked."""
    if not finds_people(scope) or not is_phone(text):
        return frozenset()
    with lend() as reader:
        people = scoped(reader.kept(CUSTOMER_SNAPSHOT), scope)
        rows = people.filter(phone_fits(people, text)).select("customer_id").order_by("customer_id").limit(MOST)
        return frozenset(reader.engine.arrow(rows)["customer_id"].to_pylist())
