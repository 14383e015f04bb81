"""Whether the models still fit: readings of the day, what became of those scored long ago, who scored them better."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from liuke.engine import Engine
from liuke.govern.pseudonym import subject_of
from liuke.insight.churn.definition import ChurnDefinition, read_churn_policy
from liuke.insight.churn.fates import fates
from liuke.insight.churn.learning.artefact import Artefact
from liuke.insight.churn.score_rows import Scorer
from liuke.insight.churn.watch.contest import Contested, contest, contest_rows
from liuke.insight.churn.watch.histogram import Histogram
from liuke.insight.churn.watch.readings import Reading, distribution_readings, drift_rows, matured_readings
from liuke.insight.known import BankTables
from liuke.tables import CONTEST, DRIFT, SCORE
from liuke.wiring import House

MATURED_SAMPLE = 300_000
"""Customers whose outcome is compared with their score, drawn by pseudonym: an AUC is then good to 0.002."""
Floats = npt.NDArray[np.float64]
Outcomes = Callable[[ChurnDefinition, date], ir.Table]


def watch_day(
    house: House, engine: Engine, tables: BankTables, scorers: Sequence[Scorer], seen: Sequence[Histogram]
) -> None:
    """Stores today's readings: distributions of today, outcomes of an earlier day that has just matured, and on the
    newest matured day that both scored the champion against each challenger.

    scorers: the active model first; seen: what each saw today, in their order.
    """
    day, outcomes = tables.as_of.day, _outcomes(engine, tables)
    parts = []
    for scorer, histogram in zip(scorers, seen, strict=True):
        origin = scorer.artefact.origin
        readings = [*distribution_readings(histogram), *_matured(house, engine, day, scorer, outcomes)]
        parts.append(drift_rows(tuple(readings), day, origin.name, origin.version))
    house.lake.replace(DRIFT, pa.concat_tables(parts), where=f"as_of = '{day}'")
    champion, *challengers = scorers
    made = [row for rival in challengers for row in _contested(house, engine, day, (champion, rival), outcomes)]
    house.lake.replace(CONTEST, contest_rows(made, day), where=f"as_of = '{day}'")


def definition_of(house: House, artefact: Artefact) -> ChurnDefinition:
    """What the model learned to foresee: the definition it was trained on, as it was then."""
    stored = artefact.origin.facts.get("definition")
    if stored:
        return ChurnDefinition.model_validate(stored)
    policy = read_churn_policy(house.policy("churn"))
    return policy.definition(artefact.origin.name)


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
    then = _newest_ripe(engine, [_scores(house, engine, scorer)], definition, day)
    if then is None:
        return ()
    old = house.lake.scan(engine, DRIFT)
    read = old.filter(
        old.version == origin.version, old.kind == "label", old.name == str(then), old.as_of < ibis.literal(day)
    )
    if engine.count(read):
        return ()
    scores = _on(_scores(house, engine, scorer), then)
    label, probability = _compared(engine, [scores], outcomes(definition, then), scorer.key)
    facts = origin.facts
    people = int(facts.get("test_people") or 0)
    rate = int(facts.get("test_lost") or 0) / max(people, 1)
    return matured_readings(then, label, probability[0], rate, people, (facts.get("auc") or {}).get("all"))


def _contested(
    house: House, engine: Engine, day: date, pair: tuple[Scorer, Scorer], outcomes: Outcomes
) -> list[Contested]:
    """The champion against one challenger on the newest day that both scored and that has matured, once per day;
    none between models that learned to foresee different things.
    """
    champion, rival = pair
    definition = definition_of(house, champion.artefact)
    if definition_of(house, rival.artefact).version != definition.version:
        return []
    both = [_scores(house, engine, scorer) for scorer in pair]
    then = _newest_ripe(engine, both, definition, day)
    first, second = champion.artefact.origin, rival.artefact.origin
    if then is None:
        return []
    old = house.lake.scan(engine, CONTEST)
    told = old.filter(
        old.model == first.name, old.version == first.version, old.challenger == second.version,
        old.scored_on == ibis.literal(then), old.as_of < ibis.literal(day),
    )  # fmt: skip
    if engine.count(told):
        return []
    scores = [_on(rows, then) for rows in both]
    label, (ours, theirs) = _compared(engine, scores, outcomes(definition, then), champion.key)
    return [Contested(first.name, first.version, second.version, then, contest(label, ours, theirs))]


def _scores(house: House, engine: Engine, scorer: Scorer) -> ir.Table:
    """Every stored score of one model."""
    rows, origin = house.lake.scan(engine, SCORE), scorer.artefact.origin
    return rows.filter(rows.model == origin.name, rows.version == origin.version)


def _on(rows: ir.Table, day: date) -> ir.Table:
    return rows.filter(rows.as_of == ibis.literal(day))


def _newest_ripe(engine: Engine, scored: Sequence[ir.Table], definition: ChurnDefinition, day: date) -> date | None:
    """The newest day before `day` in all of `scored` whose outcomes are known by now."""
    days = [set(engine.arrow(rows.filter(rows.as_of < day).select("as_of").distinct())["as_of"].to_pylist())
            for rows in scored]  # fmt: skip
    return max((d for d in set.intersection(*days) if definition.closes(d) <= day), default=None)


def _compared(
    engine: Engine, scores: Sequence[ir.Table], outcome: ir.Table, key: str
) -> tuple[npt.NDArray[np.int8], list[Floats]]:
    """What became of the customers whom all scored, and the probabilities each gave; at most MATURED_SAMPLE of them.

    scores: SCORE rows of one day each.
    """
    known = outcome.filter(outcome.at_risk & ~outcome.too_soon).select("customer_id", "lost")
    names = [f"p{i}" for i in range(len(scores))]
    for name, rows in zip(names, scores, strict=True):
        given = rows.select("customer_id", **{name: rows.probability})
        known = known.inner_join(given, "customer_id")
    drawn = known.mutate(subject=subject_of(known.customer_id, key)).order_by("subject").limit(MATURED_SAMPLE)
    rows = engine.arrow(drawn.select("lost", *names))
    return rows["lost"].to_numpy().astype(np.int8), [rows[name].to_numpy() for name in names]
