"""成效: what was saved within the person's branches, by source, branch and RM, kept until a table or a file changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from liuke.act.arbitrate.parts import OFFER_EXPERIMENT
from liuke.act.campaigns.bank_campaigns import BankCampaigns
from liuke.act.triggered import experiment_of
from liuke.act.triggers.ruleset import RuleSet, read_triggers
from liuke.console.reading.keeping import kept_until_changed
from liuke.console.reading.lending import Reader
from liuke.errors import YourMistake
from liuke.govern.access import Scope, scoped
from liuke.insight.amounts import Locale
from liuke.insight.known import bank_tables
from liuke.streaming.rules import catalogue_of
from liuke.tables import CONTRACTS, DECISION, OUTCOME
from liuke.track.curve import CurvePoint, curves
from liuke.track.saved.bank_terms import POLICIES, Period, bank_terms
from liuke.track.saved.board import SavedBoard, SourceRow, Terms, saved_board
from liuke.track.saved.queries import Query, query_text
from liuke.track.saved.sources import Source
from liuke.track.saved.units import Within, first_units

_READ: Final = (DECISION, OUTCOME, *CONTRACTS.values())
_FOLDERS: Final = ("campaigns", "offers", "segments", "tags", "triggers")
CURVES: Final = 6
"""Curves at most: those of the sources with most people."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the page is asked: a period, an experiment (None: all), and branches of the scope (None: all of it)."""

    period: Period = "year"
    source: str | None = None
    branches: frozenset[str] | None = None

    def narrowed(self, scope: Scope) -> Scope:
        """The scope less the branches not asked for."""
        if self.branches is None:
            return scope
        seen = self.branches if scope.branches is None else scope.branches & self.branches
        return replace(scope, branches=seen)


@dataclass(frozen=True, slots=True)
class Seen:
    """curves: by experiment. names: of sources, in both languages, by experiment. versions: of the lake's tables that
    were read, with their rows.
    """

    board: SavedBoard
    curves: Mapping[str, tuple[CurvePoint, ...]]
    names: Mapping[str, tuple[str, str]]
    versions: Mapping[str, tuple[int | None, int]]

    def name_of(self, source: Source, locale: Locale) -> str:
        """As the bank calls it, else its code."""
        zh, en = self.names.get(source.experiment, (source.code, source.code))
        return en if locale == "en" else zh


def seen(reader: Reader, scope: Scope, day: date, wish: Wish, least: int) -> Seen:
    """The board as of `day`. least: smaller groups hide."""
    own, house = wish.narrowed(scope), reader.house
    files = [*(house.policy(name) for name in POLICIES), *(house.home / folder for folder in _FOLDERS)]
    name = f"saved:{day}:{wish.period}:{wish.source}:{least}"
    return kept_until_changed(reader, own, name, _READ, files, lambda: _made(reader, own, day, wish, least))


def query_of(reader: Reader, scope: Scope, wish: Wish, found: Seen, query: Query) -> str:
    """The SQL behind a figure of `found`, as it ran for this person, by the terms it was made with."""
    board = found.board
    since = board.everybody.since if board.everybody else None
    return query_text(query, board.terms, reader.house.as_of(board.day), since, within_of(wish.narrowed(scope)))


def within_of(scope: Scope) -> Within:
    """The scope as part of the query."""
    return lambda rows: scoped(rows, scope)


def _made(reader: Reader, scope: Scope, day: date, wish: Wish, least: int) -> Seen:
    house, engine = reader.house, reader.engine
    found = bank_terms(house.home, day, wish.period, wish.source, least)
    decisions, outcomes = reader.kept(DECISION), reader.kept(OUTCOME)
    tables = bank_tables(house.lake, engine, house.as_of(day), house.zone)
    within = within_of(scope)
    made = saved_board(engine, decisions, outcomes, tables, found.terms, within)
    shown = [row.source.experiment for row in _widest(made)]
    people = first_units(decisions, found.terms.asked, within)
    drawn = curves(engine, people.filter(people.experiment.isin(shown)), tables, found.terms.outcome) if shown else {}
    versions = {t.name: (house.lake.version(t), engine.count(reader.kept(t))) for t in (DECISION, OUTCOME)}
    return Seen(made, drawn, _names(reader, found.campaigns, found.terms), versions)


def _widest(made: SavedBoard) -> list[SourceRow]:
    rows = [r for r in made.sources if made.terms.source in (None, r.source.experiment) and r.reading.holdout.decided]
    return sorted(rows, key=lambda r: -r.reading.holdout.decided)[:CURVES]


def _names(reader: Reader, bank: BankCampaigns | None, terms: Terms) -> dict[str, tuple[str, str]]:
    """Of campaigns, offers and rules whose files can be read."""
    found = {terms.loop_experiment: ("预警关怀", "Care after a warning")}
    if bank is not None:
        found |= {c.experiment: (c.spec.name.zh, c.spec.name.en) for c in bank.campaigns.values()}
        offers = bank.offers.offers.items()
        found |= {OFFER_EXPERIMENT + code: (offer.spec.name.zh, offer.spec.name.en) for code, offer in offers}
    rules = _rules(reader)
    named = rules.every if rules else {}
    return found | {experiment_of(code): (rule.spec.name.zh, rule.spec.name.en) for code, rule in named.items()}


def _rules(reader: Reader) -> RuleSet | None:
    home = reader.house.home
    try:
        return read_triggers(home, catalogue_of(home))
    except YourMistake:
        return None
