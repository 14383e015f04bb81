"""The day's scores by the active model and its challengers, and what they say about drift."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import reduce

import ibis.expr.types as ir

from liuke.daily.watching import definition_of, watch_day
from liuke.engine import Engine
from liuke.insight.churn.fates import standing
from liuke.insight.churn.learning.artefact import Artefact
from liuke.insight.churn.registry import challengers
from liuke.insight.churn.score_policy import read_score_policy
from liuke.insight.churn.score_rows import DayScores, Scorer, score_rows
from liuke.insight.churn.scoring import typical_values
from liuke.insight.churn.tiers import daily_capacity
from liuke.insight.known import BankTables
from liuke.lake import Lake
from liuke.tables import SCORE
from liuke.wiring import House

SHADOWS = 1
"""Challengers that score beside the active model: the newest so many."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What the active model says today. rows: SCORE rows; typical: medians its reasons are compared with."""

    rows: ir.Table
    typical: dict[str, float | None]


def score_day(house: House, engine: Engine, tables: BankTables, features: ir.Table, champion: Artefact) -> Scores:
    """Scores all customers at risk by the active model, and in the shadow by its challenger; stores the rows and
    the readings.

    features: the day's, of all living customers. Older scores are kept for the first day of each week only: what
    matured outcomes are compared with; a row per customer and day would be the lake's largest table.
    """
    scorers = [Scorer(champion, "active", house.pseudonym_key())]
    for artefact in challengers(house.models, champion.origin.name)[:SHADOWS]:
        if set(artefact.model.names) <= set(features.columns):
            scorers.append(Scorer(artefact, "shadow", house.pseudonym_key()))
    day, definition = tables.as_of.day, definition_of(house, champion)
    people = standing(engine, tables, [day], definition)
    policy = read_score_policy(house.policy("score"))
    [desks] = engine.arrow(daily_capacity(tables.staff, policy)).to_pylist()
    made = [
        score_rows(
            engine, features, people, scorer, day=day, capacity=float(desks["contacts"]), policy=policy
        )
        for scorer in scorers
    ]  # fmt: skip
    _store(house.lake, engine, made, day)
    watch_day(house, engine, tables, scorers, [scores.seen for scores in made])
    return Scores(made[0].rows, typical_values(champion.model))


def _store(lake: Lake, engine: Engine, made: list[DayScores], day: date) -> None:
    rows = reduce(lambda a, b: a.union(b), [scores.rows for scores in made])
    lake.replace(SCORE, engine.batches(rows), where=f"as_of = '{day}'")
    kept = lake.scan(engine, SCORE)
    days = sorted(engine.arrow(kept.select("as_of").distinct())["as_of"].to_pylist())
    first_of_week = {d.isocalendar()[:2]: d for d in reversed(days)}.values()
    stale = [d for d in days if d < day and d not in first_of_week]
    if stale:
        listed = ", ".join(f"'{d}'" for d in stale)
        lake.replace(SCORE, SCORE.arrow.empty_table(), where=f"as_of IN ({listed})")
