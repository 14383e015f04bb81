"""The signal rows behind the warnings of one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis

from liuke.console.reading.lending import Reader
from liuke.tables import SIGNAL


def signals_of(reader: Reader, rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """SIGNAL rows of these snapshot rows (same customer, same day), by customer."""
    if not rows:
        return {}
    day = max(row["as_of"] for row in rows)
    table = reader.house.lake.scan(reader.engine, SIGNAL)
    wanted = table.filter(
        table.as_of == ibis.literal(day), table.customer_id.isin([row["customer_id"] for row in rows])
    )
    return {row["customer_id"]: row for row in reader.engine.arrow(wanted).to_pylist()}
