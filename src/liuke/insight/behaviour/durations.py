"""Times as written: 30s, 15m, 24h, 7d."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import AfterValidator

from liuke.errors import Wrong

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST: Final = timedelta(days=366)
Every = Literal["day", "week", "month"]
"""Calendar spans: a week from Monday."""


def duration(text: str) -> timedelta:
    """30s, 15m, 24h, 7d as a time. Raises Wrong for none, zero or more than a year."""
    match = re.fullmatch(r"\s*(\d{1,9})\s*([smhd])\s*", text)
    found = timedelta(seconds=int(match[1]) * _UNITS[match[2]]) if match else timedelta()
    if not found:
        raise Wrong("window_text", "'{text}' is no time longer than zero; write 30s, 15m, 24h or 7d", text=text)
    if found > LONGEST:
        raise Wrong("window_long", "a window lasts at most {most} days", most=LONGEST.days)
    return found


def _readable(text: str) -> str:
    _ = duration(text)
    return text


Duration = Annotated[str, AfterValidator(_readable)]
"""A time as it was written, which `duration` can read."""
