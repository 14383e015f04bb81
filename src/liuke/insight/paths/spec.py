"""A question about paths as written."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from liuke.errors import Wrong
from liuke.insight.behaviour.durations import Duration, duration
from liuke.insight.behaviour.happening import Happening
from liuke.insight.behaviour.occurrences import Unit
from liuke.insight.rules.rows import PropertyName
from liuke.yaml_file import Document

MOST_STEPS: Final = 10


class Paths(Document):
    """`{anchor: {name: search}, at: start, steps: 5}`.

    anchor: paths begin with its first occurrence in a session (at: start) or end with its last one (at: end); without
    it they begin where sessions do. A session ends when nothing happens for longer than `gap`. steps: so many events of
    a path are looked at. property: events are told apart by this property where they have it, not by their name.
    only, without: names that are looked at, or are not; others are as if they had not happened. collapse: the same
    several times in a row is once. least: what fewer people than this share of those with a path do is 其他.
    errors: events that say something failed. retry: the same again within this time is another try; rage: three times
    or more in a row, each within this time of the last.
    """

    anchor: Happening | None = None
    at: Literal["start", "end"] = "start"
    gap: Duration = "30m"
    steps: int = Field(5, ge=2, le=MOST_STEPS)
    property_: PropertyName | None = Field(None, alias="property")
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    collapse: bool = True
    least: float = Field(0.01, ge=0, le=0.5)
    errors: Happening | None = None
    retry: Duration = "60s"
    rage: Duration = "2s"
    unit: Unit = "customer"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if any(one is not None and one.did != "event" for one in (self.anchor, self.errors)):
            raise Wrong("paths_of_events", "paths are of events; the anchor and errors are events too")
        if both := sorted(set(self.only) & set(self.without)):
            raise Wrong("only_and_without", "'{name}' is both looked at and left out", name=both[0])
        if self.anchor and self.anchor.name and not self.is_seen(self.anchor.name):
            raise Wrong("anchor_unseen", "the anchor '{name}' is among what is left out", name=self.anchor.name[0])
        return self

    def is_seen(self, names: tuple[str, ...]) -> bool:
        """Whether events of one of these names are looked at."""
        return any((not self.only or name in self.only) and name not in self.without for name in names)

    @property
    def pause(self) -> timedelta:
        """The gap between sessions."""
        return duration(self.gap)
