"""What is done of an application, what the customer has to do now, and where: one answer for counter and customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from liuke.act.progress.application import ENDED
from liuke.act.progress.progress_policy import Journey, Stage

Mark = Literal["done", "now", "ahead"]
_WITH_THE_BANK: Final = frozenset({"submitted", "in_review"})


@dataclass(frozen=True, slots=True)
class Outlook:
    """stages: all of them in order, with how far each is. now: the one with something for the customer to do; None when
    the bank is at work or the application has ended.
    """

    stages: tuple[tuple[Stage, Mark], ...]
    now: Stage | None


def outlook(journey: Journey, stage: str, status: str) -> Outlook:
    """The outlook of an application at a stage of the journey; a stage nobody knows is before the first.

    A stage without channels is the bank's own work. What was completed is done to the end; what was rejected or
    withdrawn stays where it was.
    """
    codes = [each.code for each in journey.stages]
    at = codes.index(stage) if stage in codes else -1
    if status == "completed":
        return Outlook(tuple((each, "done") for each in journey.stages), None)
    marks = tuple((each, _mark(place, at)) for place, each in enumerate(journey.stages))
    current = journey.stages[max(at, 0)]
    waits = status in ENDED or status in _WITH_THE_BANK or not current.channels
    return Outlook(marks, None if waits else current)


def _mark(place: int, at: int) -> Mark:
    if place == at:
        return "now"
    return "done" if place < at else "ahead"
