"""The read side of pages that need the lake."""

from __future__ import annotations

from liuke.console.reading.freshness import DataDate, data_date
from liuke.console.reading.lending import Reader, close_all, house, lend

__all__ = ["DataDate", "Reader", "close_all", "data_date", "house", "lend"]
