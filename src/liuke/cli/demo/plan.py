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
    bank give a readable interval.
    """

    customers: int
    end: date
    seed: int = 1
    months: int = 18
    loop_days: int = 84
    every_days: int = 1
    holdout_share: float = 0.2

    @property
    def config(self) -> SimConfig:
        """The synthetic bank of the plan."""
        return SimConfig(customers=self.customers, end=self.end, months=self.months, seed=self.seed)

    @property
    def loop_start(self) -> date:
        """The first day that is decided upon; everything before is history."""
        return self.end - timedelta(days=self.loop_days)
