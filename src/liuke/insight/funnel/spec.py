"""A funnel as written: steps, order, time allowed, what must not happen in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from liuke.errors import Wrong
from liuke.insight.behaviour.durations import Duration, duration
from liuke.insight.behaviour.happening import Happening
from liuke.insight.behaviour.occurrences import MOST, Unit
from liuke.yaml_file import Document

Order = Literal["ordered", "strict", "any"]


class Exclusion(Document):
    """`{not: {name: call_hotline}, after: 1, before: 2}`: who does it between these steps is no entrant.

    after, before: numbers of steps, 1 for the first; by default between the first and the last. before: the step that
    ends the time in which it matters; an entry that never gets there is excluded by it until its window ends.
    """

    not_: Happening = Field(alias="not")
    after: int = Field(1, ge=1)
    before: int | None = Field(None, ge=2)


class Funnel(Document):
    """`{steps: [{name: search}, {name: apply_start}], window: 7d}`.

    order: ordered (others may happen in between), strict (no other event in between), any (each step once, in any
    order). window: from the first step to the last, 30s, 15m, 24h, 7d; a step at its very end still counts. unit: who
    is counted, customers or visitors.

    An entry begins with every first step in the period. A fact serves one step of an entry. Facts of the same moment
    follow one another in the order of the steps. Of a person's entries the best is kept: the deepest, of these the
    quickest, of these the first.
    """

    steps: tuple[Happening, ...] = Field(min_length=1)
    order: Order = "ordered"
    window: Duration = "7d"
    exclusions: tuple[Exclusion, ...] = ()
    unit: Unit = "customer"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.steps) + len(self.exclusions) > MOST:
            raise Wrong("too_many_steps", "at most {most} steps and exclusions together", most=MOST)
        if self.order == "any" and self.exclusions:
            raise Wrong("any_order_exclusion", "steps in any order have no 'between'; leave the exclusions out")
        if self.order == "strict" and any(step.did != "event" for step in self.steps):
            raise Wrong("strict_events", "a strict order is one of events; other facts do not stand among them")
        for one in self.exclusions:
            before = one.before or len(self.steps)
            if not one.after < before <= len(self.steps):
                raise Wrong("exclusion_steps", "an exclusion lies after one step and before a later one of {n}",
                            n=len(self.steps))  # fmt: skip
        return self

    @property
    def lasts(self) -> timedelta:
        """The window."""
        return duration(self.window)

    @property
    def asked(self) -> tuple[Happening, ...]:
        """Everything to look for: the steps, then what must not happen."""
        return (*self.steps, *(one.not_ for one in self.exclusions))
