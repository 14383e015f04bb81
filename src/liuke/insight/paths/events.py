"""The events of a question about paths, in order per person: what paths and stays are read from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np

from liuke.engine import Engine
from liuke.insight.behaviour.happening import Happening, check_names, hides_names
from liuke.insight.behaviour.occurrences import occurrences
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.behaviour.reach import check_period, check_reached
from liuke.insight.behaviour.sequences import Lists, in_lists, origin_of
from liuke.insight.paths.loops import ANCHOR_BIT, ERROR_BIT, NODE_SHIFT
from liuke.insight.paths.nodes import OTHERS, Nodes, most_frequent
from liuke.insight.paths.spec import Paths


@dataclass(frozen=True, slots=True)
class PathEvents:
    """lists: of each person (sequences.in_lists), the low bits telling node, anchor and error. nodes: their names."""

    asked: Paths
    population: Population
    period: Period
    lists: Lists
    nodes: Nodes

    @property
    def days(self) -> tuple[date, date]:
        """From the first day of the period to its last, as far as the as-of day."""
        return _days(self.population, self.period)

    def check_found(self, engine: Engine, *, nothing: bool) -> None:
        """nothing: whether nothing was found. Raises YourMistake where data do not reach, or nobody bears a name."""
        names = [happening for happening in (self.asked.anchor, self.asked.errors) if happening is not None]
        if nothing or hides_names(names):
            check_reached(engine, self.population, names or [Happening()], self.period)
            check_names(engine, self.population.data, names, self.days)


def path_events(engine: Engine, population: Population, asked: Paths, period: Period) -> PathEvents:
    """The events of the period, read once. Raises YourMistake for a period that data have not reached."""
    check_period(population, period)
    found = _seen(engine, population, asked, _days(population, period))
    lists = in_lists(engine, found, origin_of(period.first, period.zone))
    words = lists.words.table
    nodes = most_frequent(words, asked.steps)
    low = np.append(OTHERS, nodes.of(words["word"])) << NODE_SHIFT
    return PathEvents(asked, population, period, lists.with_low(low), nodes)


def _days(population: Population, period: Period) -> tuple[date, date]:
    return period.first, min(period.last, population.data.day)


def _seen(engine: Engine, population: Population, asked: Paths, days: tuple[date, date]) -> ir.Table:
    """who, at, word (the name of their node), low (without it) of the events looked at; lazily."""
    wanted = [asked.anchor or Happening(), asked.errors or Happening()]

    def name(rows: ir.Table) -> ir.Value:
        if asked.property_ is None:
            return rows.event_name
        return engine.json_text(rows.properties, asked.property_).fill_null(rows.event_name)

    found = occurrences(engine, _looked_at(population, asked), wanted, days, unit=asked.unit, every=True, carry=name)
    low = ibis.ifelse(found.is_0, ANCHOR_BIT, 0)
    if asked.errors:
        low = low + ibis.ifelse(found.is_1, ERROR_BIT, 0)
    return found.select("who", "at", word="carried", low=low.cast("int64"))


def _looked_at(population: Population, asked: Paths) -> Population:
    """The population with only those events."""

    def facts(name: str) -> ir.Table:
        rows = population.data.facts(name)
        if asked.only:
            rows = rows.filter(rows.event_name.isin(list(asked.only)))
        return rows.filter(~rows.event_name.isin(list(asked.without))) if asked.without else rows

    return replace(population, data=replace(population.data, facts=facts))
