"""The day's scores by the active model and its challengers, and what they say about drift."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from liuke.engine import Engine
from liuke.govern.pseudonym import subject_of
from liuke.insight.churn.definition import ChurnDefinition, read_churn_policy
from liuke.insight.churn.fates import fates, standing
from liuke.insight.churn.learning.artefact import Artefact
from liuke.insight.churn.registry import challengers
from liuke.insight.churn.score_policy import read_score_policy
from liuke.insight.churn.score_rows import DayScores, Scorer, score_rows
from liuke.insight.churn.scoring import typical_values
from liuke.insight.churn.tiers import daily_capacity
from liuke.insight.churn.watch.readings import Reading, distribution_readings, drift_rows, matured_readings
from liuke.insight.known import BankTables
from liuke.lake import Lake
from liuke.tables import DRIFT, SCORE
from liuke.wiring import House

Outcomes = Callable[[ChurnDefinition, date], ir.Table]
SHADOWS = 1
"""Challengers that score beside the active model: the newest so many."""
MATURED_SAMPLE = 300_000
"""Customers whose outcome is compared with their score, drawn by pseudonym: an AUC is then good to 0.002."""


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
    _watch(house, engine, tables, scorers, made)
    return Scores(made[0].rows, typical_values(champion.model))


def definition_of(house: House, artefact: Artefact) -> ChurnDefinition:
    """What the model learned to foresee: the definition it was trained on, as it was then."""
    stored = artefact.origin.facts.get("definition")
    if stored:
        return ChurnDefinition.model_validate(stored)
    policy = read_churn_policy(house.policy("churn"))
    return policy.definition(artefact.origin.name)


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


def _watch(house: House, engine: Engine, tables: BankTables, scorers: list[Scorer], made: list[DayScores]) -> None:
    """Stores today's readings: distributions of today, outcomes of an earlier day that has just matured."""
    day, outcomes = tables.as_of.day, _outcomes(engine, tables)
    parts = []
    for scorer, scores in zip(scorers, made, strict=True):
        origin = scorer.artefact.origin
        readings = [*distribution_readings(scores.seen), *_matured(house, engine, day, scorer, outcomes)]
        parts.append(drift_rows(tuple(readings), day, origin.name, origin.version))
    house.lake.replace(DRIFT, pa.concat_tables(parts), where=f"as_of = '{day}'")


def _outcomes(engine: Engine, tables: BankTables) -> Outcomes:
    """What became of the customers of a day; counted once for all models that share a definition."""
    counted: dict[tuple[str, date], ir.Table] = {}

    def outcomes(definition: ChurnDefinition, day: date) -> ir.Table:
        key = (definition.version, day)
        if key not in counted:
            counted[key] = fates(engine, tables, [day], definition)
        return counted[key]

    return outcomes


def _matured(house: House, engine: Engine, day: date, scorer: Scorer, outcomes: Outcomes) -> Iterable[Reading]:
    """Readings of the newest scored day whose label window has closed and that was not read yet, if any."""
    origin = scorer.artefact.origin
    definition = definition_of(house, scorer.artefact)
    mine = house.lake.scan(engine, SCORE).filter(lambda t: (t.model == origin.name) & (t.version == origin.version))
    scored = engine.arrow(mine.filter(mine.as_of < day).select("as_of").distinct())["as_of"].to_pylist()
    ripe = [d for d in scored if definition.closes(d) <= day]
    if not ripe:
        return ()
    then, old = max(ripe), house.lake.scan(engine, DRIFT)
    read = old.filter(
        old.version == origin.version, old.kind == "label", old.name == str(then), old.as_of < ibis.literal(day)
    )
    if engine.count(read):
        return ()
    scores = mine.filter(mine.as_of == ibis.literal(then))
    label, probability = _compared(engine, scores, outcomes(definition, then), scorer.key)
    facts = origin.facts
    people = int(facts.get("test_people") or 0)
    rate = int(facts.get("test_lost") or 0) / max(people, 1)
    return matured_readings(then, label, probability, rate, people, (facts.get("auc") or {}).get("all"))


def _compared(
    engine: Engine, scores: ir.Table, outcome: ir.Table, key: str
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float64]]:
    """What became of the customers scored, and the probability each was given; at most MATURED_SAMPLE of them."""
    known = outcome.filter(outcome.at_risk & ~outcome.too_soon).select("customer_id", "lost")
    both = scores.select("customer_id", "probability").inner_join(known, "customer_id")
    drawn = both.mutate(subject=subject_of(both.customer_id, key)).order_by("subject").limit(MATURED_SAMPLE)
    rows = engine.arrow(drawn.select("lost", "probability"))
    return rows["lost"].to_numpy().astype(np.int8), rows["probability"].to_numpy()
