"""Which of some customer numbers are customers the person may see."""

from __future__ import annotations

from collections.abc import Iterable

import ibis

from liuke.console.reading.lending import lend
from liuke.govern.access import Scope, scoped
from liuke.tables import CUSTOMER_SNAPSHOT


def among_own(scope: Scope, customer_ids: Iterable[str]) -> frozenset[str]:
    """Those of the numbers that are in the person's scope."""
    asked = sorted({each for each in customer_ids if each})
    if not asked:
        return frozenset()
    with lend() as reader:
        rows = scoped(reader.kept(CUSTOMER_SNAPSHOT), scope).filter(ibis._.customer_id.isin(asked))
        return frozenset(reader.engine.arrow(rows.select("customer_id"))["customer_id"].to_pylist())
