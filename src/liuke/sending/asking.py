"""Small questions to the lake from many threads: one engine, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.lake import Lake
from liuke.tables import Table


class Asking:
    """The lake as it stands at the moment of each question."""

    def __init__(self, lake: Lake, engine: Engine) -> None:
        self._lake, self._engine, self._lock = lake, engine, threading.Lock()

    def rows(self, table: Table, pick: Callable[[ir.Table], ir.Table]) -> list[dict[str, Any]]:
        """The picked rows of the table; few."""
        with self._lock:
            found: list[dict[str, Any]] = self._engine.arrow(pick(self._lake.scan(self._engine, table))).to_pylist()
        return found
