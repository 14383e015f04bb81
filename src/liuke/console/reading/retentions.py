"""Retention asked within a person's scope: cohorts, the mean, survival, groups; who stands behind one cell."""

from __future__ import annotations

from dataclasses import dataclass

from liuke.console.reading.audience import Live, catalogue
from liuke.console.reading.behaviour import Within, kept_answer, population
from liuke.console.reading.lending import Reader
from liuke.console.reading.members import shown_members
from liuke.errors import YourMistake
from liuke.insight.behaviour.breakdown import Breakdown, Group
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.retention.kept_assets import kept_assets, kept_assets_groups, people_of_assets
from liuke.insight.retention.reading import RetentionReading, compared
from liuke.insight.retention.retained import people_of_cell, retention, retention_groups
from liuke.insight.retention.spec import KeptAssets, Retention
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.references import Names
from liuke.stats.compare import Interval


@dataclass(frozen=True, slots=True)
class RetentionQuestion:
    """What can be asked. by: None for no breakdown. compare: also the period before."""

    asked: Retention | KeptAssets
    by: Breakdown | None = None
    compare: bool = False


@dataclass(frozen=True, slots=True)
class RetentionAnswer:
    """groups: by value of the breakdown. before: of as many days just before, where asked; changes: of the mean, by
    period. is_alone: it was asked for and there is nothing of it.
    """

    reading: RetentionReading
    groups: tuple[tuple[Group, RetentionReading], ...] = ()
    before: RetentionReading | None = None
    changes: tuple[Interval | None, ...] = ()
    is_alone: bool = False


def retention_answer(
    reader: Reader, data: RuleData, question: RetentionQuestion, within: Within
) -> RetentionAnswer:  # fmt: skip
    """Kept until data change. Raises YourMistake for what cannot be asked of these data."""
    name = f"retention:{question!r}:{within.key}"
    return kept_answer(reader, within.scope, name, data.day, lambda: _answer(reader, data, question, within))


def behind_cell(
    reader: Reader, data: RuleData, asked: Retention | KeptAssets, within: Within, cohort: int, k: int, *,
    returned: bool,
) -> Live:  # fmt: skip
    """Who of the cohort came back in period k, or kept the assets; or did not."""
    with population(reader, data, within.scope, within.whom) as people:
        if isinstance(asked, KeptAssets):
            found = people_of_assets(reader.engine, people, asked, within.period, cohort, k, kept=returned)
        else:
            found = people_of_cell(reader.engine, people, asked, within.period, cohort, k, returned=returned)
        try:
            return shown_members(reader, data, found, within.scope)
        finally:
            reader.engine.release(found)


def _answer(reader: Reader, data: RuleData, question: RetentionQuestion, within: Within) -> RetentionAnswer:
    asked, period = question.asked, within.period
    groups: dict[Group, RetentionReading] = {}
    with population(reader, data, within.scope, within.whom) as people:
        reading = _reading(reader, people, asked, period)
        if question.by is not None:
            groups = _groups(reader, people, question, question.by, period)
        before = _before(reader, people, asked, period) if question.compare else None
    changes = compared(reading, before) if before else ()
    return RetentionAnswer(reading, tuple(groups.items()), before, changes, question.compare and before is None)


def _reading(
    reader: Reader, people: Population, asked: Retention | KeptAssets, period: Period
) -> RetentionReading:  # fmt: skip
    if isinstance(asked, KeptAssets):
        return kept_assets(reader.engine, people, asked, period)
    return retention(reader.engine, people, asked, period)


def _groups(
    reader: Reader, people: Population, question: RetentionQuestion, by: Breakdown, period: Period
) -> dict[Group, RetentionReading]:
    known = catalogue(reader)
    names = Names(known.tags, known.segments)
    if isinstance(question.asked, KeptAssets):
        return kept_assets_groups(reader.engine, people, question.asked, period, by, names)
    return retention_groups(reader.engine, people, question.asked, period, by, names)


def _before(
    reader: Reader, people: Population, asked: Retention | KeptAssets, period: Period
) -> RetentionReading | None:  # fmt: skip
    """Of the period before; None where nobody entered, or there are no data of it."""
    try:
        found = _reading(reader, people, asked, period.before)
    except YourMistake:
        return None
    return found if found.people else None
