"""The whole day's batch: `liuke run --as-of DATE`. Needs the state started (wiring.start_state)."""

from __future__ import annotations

from liuke.daily.day import DayReport, run_day
from liuke.daily.worklist import Line, worklist

__all__ = ["DayReport", "Line", "run_day", "worklist"]
