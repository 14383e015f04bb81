"""Decisions of the stream, from the state into the lake's decision table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from liuke.lake import Lake
from liuke.state.actions.carry_decisions import Append
from liuke.tables import DECISION


def into_lake(lake: Lake) -> Append:
    """Appends decisions kept as JSON to DECISION."""

    def append(rows: Sequence[Mapping[str, Any]], commit_id: str) -> None:
        lake.append(DECISION, pa.Table.from_pylist([_row(row) for row in rows], DECISION.arrow), commit_id=commit_id)

    return append


def _row(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **kept,
        "aum": Decimal(kept["aum"]),
        "as_of": date.fromisoformat(kept["as_of"]),
        "decided_at": datetime.fromisoformat(kept["decided_at"]),
    }
