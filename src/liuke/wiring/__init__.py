"""The composition root: picks engine, lake, calendar and state from the bank's settings."""

from __future__ import annotations

from liuke.wiring.house import House, find_home, open_house

__all__ = ["House", "find_home", "open_house"]
