"""What questions about behaviour have in common when a rule asks them: their days, whose they are, their words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from liuke.errors import Wrong
from liuke.insight.behaviour.happening import Happening
from liuke.insight.behaviour.population import MOST_DAYS, Period, Population
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.questions import Question
from liuke.insight.rules.words import rows_said, where_said


class OverDays(Question):
    """days: so many back from the as-of day, that one included; or first and last: always the same days, both included.

    They bound who enters, as the period of a page does. Days after the as-of day have nobody yet.
    """

    days: int | None = Field(None, ge=1, le=MOST_DAYS)
    first: date | None = None
    last: date | None = None

    @model_validator(mode="after")
    def _days_fit(self) -> Self:
        fixed = self.first is not None or self.last is not None
        if (self.days is None) != fixed or (fixed and (self.first is None or self.last is None)):
            raise Wrong("behaviour_days", "a question about behaviour says `days`, or `first` and `last`")
        if self.first and self.last and self.last < self.first:
            raise Wrong("period_backwards", "the period ends on {last}, before it begins on {first}",
                        first=self.first, last=self.last)  # fmt: skip
        if self.first and self.last and (self.last - self.first).days >= MOST_DAYS:
            raise Wrong("period_long", "the period has {days} days", days=(self.last - self.first).days + 1)
        return self

    def period(self, day: date, zone: ZoneInfo | None = None) -> Period:
        """The days meant as of `day`."""
        more = {"zone": zone} if zone else {}
        if self.first is not None and self.last is not None:
            return Period(self.first, self.last, **more)
        return Period(day - timedelta(days=(self.days or 1) - 1), day, **more)

    @property
    def length(self) -> int:
        """How many days."""
        return self.period(self.last or date(2000, 1, 1)).days

    @property
    def spelled_days(self) -> str:
        """The days as text, for telling questions apart."""
        return f"{self.days}:{self.first}:{self.last}"

    def days_said(self, tongue: int) -> str:
        """近30天 / in the last 30 days; the days themselves where they are fixed."""
        if self.days is not None:
            return (f"近{self.days}天", f"in the last {self.days} days")[tongue]
        return (f"{self.first}至{self.last}", f"from {self.first} to {self.last}")[tongue]


def everybody(data: RuleData) -> Population:
    """All who have facts: a rule is asked of the whole bank, and narrowed by its other conditions and by scopes."""
    return Population(data, None, data.zone)


def happening_said(one: Happening, tongue: int) -> str:
    """By its label where it has one, else by table and names; then its conditions."""
    if one.label is None:
        return rows_said(one, tongue)
    where = where_said(one, tongue)
    return (one.label.zh, one.label.en)[tongue] + (f" [{where}]" if where else "")


def chain_said(steps: Iterable[Happening], tongue: int) -> str:
    """「A → B」 / "A → B"."""
    text = " → ".join(happening_said(step, tongue) for step in steps)
    return (f"「{text}」", f"“{text}”")[tongue]
