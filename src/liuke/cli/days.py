"""Dates as people type them on the command line."""

from __future__ import annotations

from datetime import date

from liuke.errors import YourMistake


def parse_day(text: str) -> date:
    """An ISO date; YourMistake says what was expected."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise YourMistake(
            f"'{text}' is not a date", expected="a day such as 2026-03-31", then="type the day as year-month-day"
        ) from error
