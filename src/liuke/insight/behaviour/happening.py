"""Something that happens, as written in a question: rows of a fact table, by name and conditions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from pydantic import Field, field_validator, model_validator

from liuke.engine import Engine
from liuke.errors import Said, Wrong, YourMistake, coded, guess
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.rows import Rows
from liuke.insight.rules.vocabulary import FACTS, FactTable
from liuke.settings import Name

_DEEDS = tuple(name for name, facts in FACTS.items() if not facts.state)


class Occurring(Rows):
    """Rows of a fact table as a question about behaviour means them: in its own period."""

    @model_validator(mode="after")
    def _no_window(self) -> Self:
        if self.within is not None:
            raise Wrong("happening_within", "the period of the question bounds time; a happening takes no `within`")
        return self


class Happening(Occurring):
    """`{did: event, name: apply_start, where: {property: product, value: loan}, label: {zh: 申请, en: Apply}}`.

    did: a fact table whose rows have a moment, by default event. name, where: as in rules. label: how it is called
    on pages; by default what its name says.
    """

    did: str = Field("event", json_schema_extra={"enum": list(_DEEDS)})
    label: Name | None = None

    @field_validator("did")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in _DEEDS:
            raise Wrong("no_fact", "`{word}` knows no '{name}'; {hint}", word="did", name=value, **guess(value, _DEEDS))
        return value

    @property
    def facts(self) -> FactTable:
        """See Rows.facts."""
        return FACTS[self.did]


def check_names(engine: Engine, data: RuleData, asked: Iterable[Happening], days: tuple[object, object]) -> None:
    """Raises YourMistake for a name that no row of the days bears, with the nearest that do. days: as `unseen`."""
    if said := unseen(engine, data, asked, days):
        raise YourMistake(
            said[0],
            expected="the name of an event that was collected in the period",
            then="mend the name of the step, or choose a period in which it was collected",
        )


def hides_names(asked: Iterable[Happening]) -> bool:
    """Whether a name that nobody bears would go unnoticed, since another one that counts as the same is found."""
    return any(len(one.name) > 1 for one in asked)


def unseen(
    engine: Engine, data: RuleData, asked: Iterable[Happening], days: tuple[object, object]
) -> tuple[Said, ...]:  # fmt: skip
    """The names that no row of the days bears, each as a sentence with the nearest that do.

    days: first and last bank-local day, both included. Only names of events are free; others are checked when read.
    """
    wanted = {name for one in asked if one.did == "event" for name in one.name}
    if not wanted:
        return ()
    events = data.facts("event")
    events = events.filter(events.business_date.between(*days))
    found = set(engine.arrow(events.select("event_name").distinct().limit(_NAMES))["event_name"].to_pylist())
    missing = sorted(wanted - found) if len(found) < _NAMES else []
    return tuple(
        coded("no_such_event", "no event is called '{name}' in these days; {hint}", name=name, **guess(name, found))
        for name in missing
    )


_NAMES = 5000
"""More names than that are no vocabulary, and none can be called missing."""
