"""What a case may be at a stage, one bit each, and what is counted of the cases of a stage, one column each."""

from __future__ import annotations

from typing import Final, get_args

from liuke.insight.journey.journey_map import What

WHATS: Final[tuple[str, ...]] = get_args(What)
"""The lowest bits, in their order."""
(
    REACHED, WENT_ON, ABANDONED, WAITING, REJECTED, WITHDRAWN, LATE, SWITCHED, BREAK_POINT, REKEYED, RETURNED, FAILED,
    COMPLAINED,
) = range(13)  # fmt: skip
IMMATURE: Final = 13
"""Still open and not gone on."""
BEYOND: Final = 14
"""The case got to a later stage or succeeded, whenever."""
VISITS: Final = 15
MARKS: Final = 16
MARK_SUM: Final = 17
COLUMNS: Final = 18
BITS: Final = 15
