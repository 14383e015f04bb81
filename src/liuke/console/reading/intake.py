"""Collection and the stream as they stand, of the bank this process serves."""

from __future__ import annotations

from liuke.collect.tracking.status import IntakeStatus
from liuke.console.reading.lending import house
from liuke.wiring.intake import intake_of


def intake() -> IntakeStatus | None:
    """The status; None where the bank collects no events, or the log cannot be read now."""
    return intake_of(house())
