"""Retention asked within a person's scope: cohorts, the mean, survival, groups; who stands behind one cell."""

from __future__ import annotations

from dataclasses import dataclass

from liuke.console.reading.audience import Live, catalogue
from liuke.console.reading.behaviour import Whom, kept_answer, population
from liuke.console.reading.lending import Reader
from liuke.console.reading.members import shown_members
from liuke.govern.access import Scope
from liuke.insight.behaviour.breakdown import Breakdown, Group
from liuke.insight.behaviour.population import Period
from liuke.insight.retention.kept_assets import kept_assets
from liuke.insight.retention.reading import RetentionReading
from liuke.insight.retention.retained import people_of_cell, retention, retention_groups
from liuke.insight.retention.spec import KeptAssets, Retention
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.references import Names


@dataclass(frozen=True, slots=True)
class RetentionQuestion:
    """What can be asked. by: None for no breakdown; of assets kept there is none."""

    asked: Retention | KeptAssets
    by: Breakdown | None = None


@dataclass(frozen=True, slots=True)
class RetentionAnswer:
    """groups: by value of the breakdown."""

    reading: RetentionReading
    groups: tuple[tuple[Group, RetentionReading], ...] = ()


@dataclass(frozen=True, slots=True)
class AskedRetention:
    """One question of one person."""

    question: RetentionQuestion
    whom: Whom
    period: Period
    scope: Scope


def retention_answer(reader: Reader, data: RuleData, asked: AskedRetention) -> RetentionAnswer:
    """Kept until data change. Raises YourMistake for what cannot be asked of these data."""
    key = repr((asked.question, asked.whom, asked.period.first, asked.period.last))
    return kept_answer(reader, asked.scope, f"retention:{key}", data.day, lambda: _answer(reader, data, asked))


def behind_cell(
    reader: Reader, data: RuleData, asked: AskedRetention, cohort: int, k: int, *, returned: bool
) -> Live | None:  # fmt: skip
    """Who of the cohort came back in period k, or did not; None for assets, which have no such list."""
    question = asked.question.asked
    if not isinstance(question, Retention):
        return None
    with population(reader, data, asked.scope, asked.whom) as people:
        found = people_of_cell(reader.engine, people, question, asked.period, cohort, k, returned=returned)
        try:
            return shown_members(reader, data, found, asked.scope)
        finally:
            reader.engine.release(found)


def _answer(reader: Reader, data: RuleData, asked: AskedRetention) -> RetentionAnswer:
    engine, question = reader.engine, asked.question
    with population(reader, data, asked.scope, asked.whom) as people:
        if isinstance(question.asked, KeptAssets):
            return RetentionAnswer(kept_assets(engine, people, reader.tables(data.day), question.asked, asked.period))
        reading = retention(engine, people, question.asked, asked.period)
        if question.by is None:
            return RetentionAnswer(reading)
        known = catalogue(reader)
        names = Names(known.tags, known.segments)
        groups = retention_groups(engine, people, question.asked, asked.period, question.by, names)
    return RetentionAnswer(reading, tuple(groups.items()))
