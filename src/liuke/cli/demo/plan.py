"""What a demo is: how large, how long, how much held out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from liuke.sim import SimConfig


@dataclass(frozen=True, slots=True)
class Plan:
    """One demo. The same plan gives the same bank, decisions and figures.

    customers, seed: of the synthetic bank. end: last business day. loop_days: how long the loop has been at
    work by then. every_days: a batch each workday (1) or only each so many days (7: the quick variant of the
    known-truth benchmark). holdout_share: larger than a bank would choose, so that three months of a small
    bank give a readable interval. loop_only: value, tags, segments and clusters are never made.
    """

    customers: int
    end: date
    seed: int = 1
    months: int = 18
    loop_days: int = 84
    every_days: int = 1
    model_days: int = 0
    holdout_share: float = 0.2
    loop_only: bool = False

    @property
    def config(self) -> SimConfig:
        """The synthetic bank of the plan."""
        return SimConfig(customers=self.customers, end=self.end, months=self.months, seed=self.seed)

    @property
    def taught_on(self) -> date | None:
        """The day after whose batch the model is trained; None without one."""
        return self.end - timedelta(days=self.model_days) if self.model_days else None

    def looks_at(self, day: date) -> bool:
        """Whether the batch of `day` also makes value, tags and segments: the last day, and the last Fridays before,
        so that there are changes to see. No decision reads them.
        """
        return not self.loop_only and (
            day == self.end or (self.model_days > 0 and day.weekday() == 4 and (self.end - day).days < self.model_days)
        )

    @property
    def loop_start(self) -> date:
        """The first day that is decided upon; everything before is history."""
        return self.end - timedelta(days=self.loop_days)
