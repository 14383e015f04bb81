"""Who a customer is: the newest row of the customer contract."""

from __future__ import annotations

from typing import Any

from liuke.console.reading.lending import Reader
from liuke.lake import newest
from liuke.tables import CUSTOMER


def identity(reader: Reader, customer_id: str) -> dict[str, Any] | None:
    """The newest CUSTOMER row of the customer, None when the lake has none. Call only after a scoped look-up."""
    rows = reader.house.lake.scan(reader.engine, CUSTOMER)
    mine = newest(rows.filter(rows.customer_id == customer_id), CUSTOMER)
    return next(iter(reader.engine.arrow(mine).to_pylist()), None)
