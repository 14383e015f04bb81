"""What a decision within the day has to know of a customer: the last daily run's snapshot, asked a few at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.lake import Lake
from liuke.tables import CUSTOMER_SNAPSHOT

_ASKED = (
    "customer_id", "as_of", "name", "birth_date", "bank_tier", "branch_id", "staff_id", "opened_on", "aum", "aum_30",
    "score",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as of the last daily run. aum in the bank's currency; score 0..1."""

    customer_id: str
    as_of: date
    name: str | None
    birth_date: date | None
    bank_tier: str | None
    branch_id: str | None
    staff_id: str | None
    opened_on: date | None
    aum: Decimal
    aum_30: Decimal
    score: float


class People:
    """Look-ups in the snapshot; it is kept inside the engine and read anew after each daily run."""

    def __init__(self, lake: Lake, engine: Engine) -> None:
        self._lake, self._engine = lake, engine
        self._version: int | None = None
        self._rows: ir.Table | None = None
        self._many = 0

    def of(self, customer_ids: Iterable[str]) -> dict[str, Person]:
        """Those of the customers that the bank knew at the last run."""
        asked = sorted(set(customer_ids))
        rows = self._snapshot()
        if not asked or rows is None:
            return {}
        found: list[dict[str, Any]] = self._engine.arrow(rows.filter(rows.customer_id.isin(asked))).to_pylist()
        return {row["customer_id"]: Person(**row) for row in found}

    def count(self) -> int:
        """Customers at the last run; 0 before the first."""
        return 0 if self._snapshot() is None else self._many

    def _snapshot(self) -> ir.Table | None:
        version = self._lake.version(CUSTOMER_SNAPSHOT)
        if version is None:
            return None
        if version != self._version:
            old = self._rows
            self._rows = self._engine.materialise(self._lake.scan(self._engine, CUSTOMER_SNAPSHOT).select(*_ASKED))
            self._version, self._many = version, self._engine.count(self._rows)
            if old is not None:
                self._engine.release(old)
        return self._rows
