"""Retention asked within a person's scope: cohorts, the mean, survival, groups; who stands behind one cell."""

from __future__ import annotations

from dataclasses import dataclass

from liuke.console.reading.audience import Live, catalogue
from liuke.console.reading.behaviour import Within, kept_answer, population
from liuke.console.reading.lending import Reader
from liuke.console.reading.members import shown_members
from liuke.insight.behaviour.breakdown import Breakdown, Group
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


def retention_answer(
    reader: Reader, data: RuleData, question: RetentionQuestion, within: Within
) -> RetentionAnswer:  # fmt: skip
    """Kept until data change. Raises YourMistake for what cannot be asked of these data."""
    name = f"retention:{question!r}:{within.key}"
    return kept_answer(reader, within.scope, name, data.day, lambda: _answer(reader, data, question, within))


def behind_cell(
    reader: Reader, data: RuleData, asked: Retention, within: Within, cohort: int, k: int, *, returned: bool
) -> Live:  # fmt: skip
    """Who of the cohort came back in period k, or did not."""
    with population(reader, data, within.scope, within.whom) as people:
        found = people_of_cell(reader.engine, people, asked, within.period, cohort, k, returned=returned)
        try:
            return shown_members(reader, data, found, within.scope)
        finally:
            reader.engine.release(found)


def _answer(reader: Reader, data: RuleData, question: RetentionQuestion, within: Within) -> RetentionAnswer:
    engine, period = reader.engine, within.period
    with population(reader, data, within.scope, within.whom) as people:
        if isinstance(question.asked, KeptAssets):
            return RetentionAnswer(kept_assets(engine, people, reader.tables(data.day), question.asked, period))
        reading = retention(engine, people, question.asked, period)
        if question.by is None:
            return RetentionAnswer(reading)
        known = catalogue(reader)
        names = Names(known.tags, known.segments)
        groups = retention_groups(engine, people, question.asked, period, question.by, names)
    return RetentionAnswer(reading, tuple(groups.items()))
