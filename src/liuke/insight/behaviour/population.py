"""Whose behaviour is asked of: the facts known as of a day, and the customers that may enter."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import ibis.expr.types as ir

from liuke.errors import YourMistake, coded
from liuke.insight.known import SHANGHAI
from liuke.insight.rules.data import RuleData

MOST_DAYS: Final = 3660


@dataclass(frozen=True, slots=True)
class Population:
    """data: facts as of the end of `data.day`. customers: customer_id of those who may enter (a scope, a segment); None
    for all, people without a number included.
    """

    data: RuleData
    customers: ir.Table | None = None
    zone: ZoneInfo = SHANGHAI

    @property
    def ends(self) -> datetime:
        """The UTC moment at which the as-of day ends: nothing at or after it is known."""
        return beginning(self.data.day + timedelta(days=1), self.zone)


@dataclass(frozen=True, slots=True)
class Period:
    """Bank-local days, both included. Raises YourMistake where the last comes before the first, or after MOST_DAYS."""

    first: date
    last: date
    zone: ZoneInfo = field(default=SHANGHAI, repr=False)

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise YourMistake(
                coded("period_backwards", "the period ends on {last}, before it begins on {first}",
                      first=self.first, last=self.last),
                expected="a first day and a last day that is not earlier",
                then="exchange the two days",
            )  # fmt: skip
        if self.days > MOST_DAYS:
            raise YourMistake(
                coded("period_long", "the period has {days} days", days=self.days),
                expected=f"at most {MOST_DAYS} days",
                then="choose a later first day",
            )

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def begins(self) -> datetime:
        """The UTC moment at which the first day begins."""
        return beginning(self.first, self.zone)

    @property
    def ends(self) -> datetime:
        """The UTC moment at which the last day is over."""
        return beginning(self.last + timedelta(days=1), self.zone)

    @property
    def before(self) -> Period:
        """As many days just before."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1), self.zone)


def beginning(day: date, zone: ZoneInfo) -> datetime:
    """The UTC moment at which the bank-local day begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
