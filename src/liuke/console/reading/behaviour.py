"""Behaviour: whose it is within a person's scope, what can be asked about, and answers kept until data change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, TypeVar

import ibis.expr.types as ir

from liuke.console.reading.audience import catalogue, rule_data_of
from liuke.console.reading.keeping import kept_until_changed, key_of
from liuke.console.reading.lending import Reader
from liuke.errors import YourMistake, coded, guess
from liuke.govern.access import Scope, scoped
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.rules.compile import matching
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.vocabulary import FACTS
from liuke.insight.segments.catalogue import Segment
from liuke.insight.tags.catalogue import Tag
from liuke.state.scopes import subtree
from liuke.tables import CONTRACTS, CUSTOMER_SNAPSHOT

MOST_NAMES: Final = 300
"""Names to choose from per table; a table with more has no vocabulary."""
_LOOK_BACK: Final = 90
_READ: Final = (*CONTRACTS.values(), CUSTOMER_SNAPSHOT)
_FOLDERS: Final = ("segments", "tags", "policies")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Whom:
    """Which customers of a scope are meant. branch: '' for all of it. kind, code: of the segment or tag whose customers
    are meant; '' for all.
    """

    branch: str = ""
    kind: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Within:
    """Whose and when a question is asked."""

    whom: Whom
    period: Period
    scope: Scope

    @property
    def key(self) -> str:
        """Tells answers apart; the scope stands beside it."""
        return repr((self.whom, self.period.first, self.period.last))


@dataclass(frozen=True, slots=True)
class Seen:
    """Names of one fact table that occur in the last days, the most frequent first."""

    did: str
    names: tuple[str, ...]


def data_of(reader: Reader) -> RuleData | None:
    """What is known as of the last run's day; None before the first run."""
    return rule_data_of(reader)


def names_seen(reader: Reader, data: RuleData) -> tuple[Seen, ...]:
    """Of every fact table with a moment that has rows in the last 90 days; of the whole bank: names are no people."""
    nobody = Scope("", "analyst", None)
    return kept_until_changed(reader, nobody, f"names:{data.day}", _READ, (), lambda: _names_seen(reader, data))


def population_of(reader: Reader, data: RuleData, scope: Scope, whom: Whom) -> Population:
    """The customers of the scope that are meant. Raises YourMistake for a segment or tag nobody knows.

    The whole bank without a narrowing is everybody with facts, people without a number and former customers included.
    A branch that is not the person's has nobody.
    """
    zone = reader.house.zone
    if scope.branches is None and not scope.by_book and not whom.branch and not whom.kind:
        return Population(data, None, zone)
    people = scoped(reader.kept(CUSTOMER_SNAPSHOT), scope)
    if whom.branch:
        people = people.filter(people.branch_id.isin(sorted(subtree(whom.branch))))
    people = people.select("customer_id")
    if whom.kind:
        people = people.semi_join(_members(reader, data, whom), "customer_id")
    return Population(data, reader.engine.materialise(people), zone)


def kept_answer(reader: Reader, scope: Scope, question: str, day: date, make: Callable[[], T]) -> T:
    """What `make` gives, kept per question, day and scope until data or the bank's files change."""
    return kept_until_changed(reader, scope, _named(scope, question, day), _READ, _files(reader), make)


def kept_table(reader: Reader, data: RuleData, scope: Scope, question: str, make: Callable[[], ir.Table]) -> ir.Table:
    """Likewise a table in the engine, not to be released: one of the last ones asked for (`Reader.answers`)."""
    return data.answers(key_of(reader, scope, _named(scope, question, data.day), _READ, _files(reader)), make)


def _named(scope: Scope, question: str, day: date) -> str:
    return f"behaviour:{day}:{scope.by_book and scope.actor}:{question}"


def _files(reader: Reader) -> list[Path]:
    return [reader.house.home / folder for folder in _FOLDERS]


@contextmanager
def population(reader: Reader, data: RuleData, scope: Scope, whom: Whom) -> Iterator[Population]:
    """`population_of` for the length of a block; the engine keeps nothing of it."""
    made = population_of(reader, data, scope, whom)
    try:
        yield made
    finally:
        if made.customers is not None:
            reader.engine.release(made.customers)


def _names_seen(reader: Reader, data: RuleData) -> tuple[Seen, ...]:
    found = []
    for did, facts in FACTS.items():
        if facts.state or facts.name_column is None:
            continue
        rows = data.facts(did)
        rows = rows.filter(rows.business_date > data.day - timedelta(days=_LOOK_BACK))
        counted = rows.group_by(name=rows[facts.name_column]).aggregate(n=rows.count())
        best = counted.filter(counted.name.notnull()).order_by([counted.n.desc(), counted.name]).limit(MOST_NAMES)
        names = reader.engine.arrow(best)["name"].to_pylist()
        if names:
            found.append(Seen(did, tuple(names)))
    return tuple(found)


def _members(reader: Reader, data: RuleData, whom: Whom) -> ir.Table:
    known = catalogue(reader)
    things: Mapping[str, Segment | Tag] = known.segments if whom.kind == "segment" else known.tags
    if whom.code not in things:
        raise YourMistake(
            coded(f"no_{whom.kind}", "no {kind} is called '{name}'; {hint}", kind=whom.kind, name=whom.code,
                  **guess(whom.code, things)),
            then="choose another one",
        )  # fmt: skip
    found = things[whom.code]
    return matching(reader.engine, found.rule, rule_data_of(reader, found) or data).select("customer_id")
