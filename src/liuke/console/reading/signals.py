"""The signal rows behind the warnings of one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis.expr.types as ir

from liuke.console.reading.lending import Reader
from liuke.engine import parameter
from liuke.tables import SIGNAL


def signals_of(reader: Reader, rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """SIGNAL rows of these snapshot rows (same customer, same day), by customer."""
    if not rows:
        return {}
    day = max(row["as_of"] for row in rows)

    def build() -> ir.Table:
        table = reader.house.lake.scan(reader.engine, SIGNAL)
        return table.filter(
            table.as_of == parameter("day").cast("date"), table.customer_id.isin([parameter("customers")])
        )

    wanted = reader.prepared("signals", SIGNAL, build)
    found = wanted(day=day.isoformat(), customers=[row["customer_id"] for row in rows])
    return {row["customer_id"]: row for row in found.to_pylist()}
