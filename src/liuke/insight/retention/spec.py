"""A retention question as written: what begins, what counts as coming back, in which periods."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from liuke.errors import Wrong
from liuke.insight.behaviour.durations import Every
from liuke.insight.behaviour.happening import Happening
from liuke.insight.behaviour.occurrences import Unit
from liuke.yaml_file import Document

MOST_PERIODS: Final = 60
"""Returns of a person are bits of one number of 64, a few of which are needed otherwise."""
ROLLING: Final = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
"""How long a period of one's own clock lasts. Amplitude's months have 30 days, too."""


MOST_ASSET_DAYS: Final = 200
"""Balances of so many days are put side by side, a column each."""


class _Periods(Document):
    """every: how long a period is. periods: how many after the first, which is number 0.

    lost_after: so many periods in a row without coming back are a loss (survival reading).
    """

    every: Every = "week"
    periods: int = Field(8, ge=1, le=MOST_PERIODS)
    lost_after: int = Field(1, ge=1)

    @model_validator(mode="after")
    def _loss_fits(self) -> Self:
        if self.lost_after > self.periods:
            raise Wrong("lost_after_long", "a loss takes {n} periods, only {periods} are looked at",
                        n=self.lost_after, periods=self.periods)  # fmt: skip
        return self


class Retention(_Periods):
    """`{start: {name: open_account}, return: {name: login}, every: week, periods: 8}`.

    A cohort is who did `start` in one calendar day, week (from Monday) or month within the days asked for. Who comes
    back does `return` (by default `start` again) in period k after it.

    kind: first_time: a person enters one cohort, with the first start; who had one in the `look_back_days` before the
    days asked for is not new and enters none (0: the first within these days counts). recurring: a person enters every
    cohort in which there was a start.

    counting: on: came back in period k. on_or_after: in period k or a later one, up to the last one looked at.

    clock: calendar: period k is the k-th calendar period after that of the start; period 0 is that of the start itself,
    all of it, so a return before the start counts there. rolling: each person's own clock, from the first start
    within the cohort: period k is [start + k·L, start + (k+1)·L), L being 24 hours, 7 or 30 times as many; a return at
    the very moment of the start counts in period 0.

    unit: who is counted, customers or visitors.
    """

    start: Happening
    return_: Happening | None = Field(None, alias="return")
    kind: Literal["first_time", "recurring"] = "first_time"
    look_back_days: int = Field(90, ge=0, le=3660)
    counting: Literal["on", "on_or_after"] = "on"
    clock: Literal["calendar", "rolling"] = "calendar"
    unit: Unit = "customer"

    @property
    def asked(self) -> tuple[Happening, ...]:
        """What to look for: the start, and the return where it is something else."""
        return (self.start,) if self.return_ in (None, self.start) else (self.start, self.return_)


class KeptAssets(_Periods):
    """`{share: 0.8, every: month, periods: 6}`: who kept at least that share of the assets 资产 (AUM).

    A cohort is who had AUM at the end of the first of its days; in period k they are retained if AUM at the end of its
    last day is at least `share` of what it was. Who has AUM on several such days is in several cohorts.
    """

    share: float = Field(0.8, gt=0, le=10)
    every: Every = "month"
    periods: int = Field(6, ge=1, le=MOST_PERIODS)
