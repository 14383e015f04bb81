"""What a journey says, as small values: stages, touchpoints, hand-overs, lags, pain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from liuke.errors import Said
from liuke.settings import Name
from liuke.stats.compare import Interval

What = Literal[
    "reached", "went_on", "abandoned", "waiting", "rejected", "withdrawn", "late", "switched", "break_point", "rekeyed",
    "returned", "failed", "complained",
]  # fmt: skip
"""Whose cases are listed, of those that were at a stage."""
PartName = Literal["abandoned", "late", "break_point", "rekeyed", "failed", "returned", "complained"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a pain score. share: of the stage's cases, 0 … 1. points: what it adds to the score, of 100."""

    name: PartName
    share: float
    weight: float
    points: float


@dataclass(frozen=True, slots=True)
class Pain:
    """score: 0 … 100, the sum of the parts' points. missing: parts that cannot be measured here and have no weight.

    Score None: nobody was at the stage, or nothing can be measured.
    """

    score: float | None
    parts: tuple[Part, ...]
    missing: tuple[PartName, ...]


@dataclass(frozen=True, slots=True)
class StageReading:
    """One stage. Numbers are of cases that were there at least once, `people` of their customers.

    went_on: were later at a later stage, or succeeded. skipped: never here, but at a later stage or successful.
    abandoned, rejected, withdrawn, waiting: cases whose last stage this is, by how they ended, waiting being still
    open. immature: still open and not gone on from here: they may. share: went_on of cases without the immature ones
    (Wilson). median_s, p90_s: seconds of visits that are over; visits: all of them. late: some visit was longer than
    expected, or is already; None where nothing is expected. switches: the channel changed on coming here or while here;
    break_points: in a way that is not meant. rekeyed: something was typed in again; None where the journey does not
    say which property tells. returned: came back from a later stage. failed: None where the stage names no failures.
    complained: None where complaints are not asked for, or there are none at all. satisfaction: mean mark of service
    contacts during visits, 1 … 5; marks: how many.
    """

    code: str
    cases: int
    people: int
    went_on: int
    skipped: int
    abandoned: int
    rejected: int
    withdrawn: int
    waiting: int
    immature: int
    share: Interval | None
    median_s: float | None
    p90_s: float | None
    visits: int
    late: int | None
    switches: int
    break_points: int
    rekeyed: int | None
    returned: int
    failed: int | None
    complained: int | None
    satisfaction: float | None
    marks: int
    pain: Pain


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """One kind of fact of a stage in one channel. number: the happening's place in the stage's touchpoints, then
    failures, from 0. name: of the fact (the event's name), the table's where its rows have none. label: as the journey
    calls the happening, where it does.

    left: cases of which it was the last fact and that were abandoned. failed: facts that were failures. median_s: to
    the next fact of the case.
    """

    stage: str
    number: int
    channel: str | None
    name: str
    label: Name | None
    cases: int
    facts: int
    left: int
    failed: int
    median_s: float | None


@dataclass(frozen=True, slots=True)
class HandOver:
    """The customer changed channels at a stage. meant: the bank means it. went_on: of these cases, from that stage."""

    stage: str
    from_channel: str
    to_channel: str
    cases: int
    meant: bool
    went_on: int


@dataclass(frozen=True, slots=True)
class StatusLag:
    """A status told first in one channel and later in another. cases: told in both; never: in the first only, as yet.

    median_s, p90_s: seconds between them.
    """

    status: str
    from_channel: str
    to_channel: str
    cases: int
    never: int
    median_s: float | None
    p90_s: float | None


@dataclass(frozen=True, slots=True)
class JourneyMap:
    """The cases that entered in a period. cases = succeeded + rejected + withdrawn + abandoned + waiting.

    waiting: still open. joined_midway: cases first seen in the period without their enter fact; in no other number.
    median_s, p90_s: seconds from entry to success. pain: mean of the stages' scores, weighed by their cases. notes:
    what to mind.
    """

    code: str
    cases: int
    people: int
    succeeded: int
    rejected: int
    withdrawn: int
    abandoned: int
    waiting: int
    joined_midway: int
    share: Interval | None
    median_s: float | None
    p90_s: float | None
    pain: float | None
    stages: tuple[StageReading, ...]
    touchpoints: tuple[Touchpoint, ...]
    hand_overs: tuple[HandOver, ...]
    lags: tuple[StatusLag, ...]
    notes: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Cases that entered from this day on (a day, a week, a month)."""

    day: date
    cases: int
    succeeded: int
    waiting: int
    pain: float | None

    @property
    def is_mature(self) -> bool:
        """Whether none of them is still open."""
        return self.waiting == 0

    @property
    def share(self) -> float | None:
        """Succeeded of those no longer open."""
        over = self.cases - self.waiting
        return self.succeeded / over if over else None


@dataclass(frozen=True, slots=True)
class StageComparison:
    """One stage now and before. Differences are now minus before: share of those that went on and of the parts of the
    pain score (Newcombe's intervals); None where nobody was there. Who was there in both is taken for two.
    """

    code: str
    went_on: Interval | None
    parts: tuple[tuple[PartName, Interval | None], ...]
    median_s: tuple[float | None, float | None]
    p90_s: tuple[float | None, float | None]
    pain: tuple[float | None, float | None]
