"""SCORE rows of a day: probabilities, tiers by capacity and cost, reasons of those who may be warned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.churn.learning.artefact import Artefact
from liuke.insight.churn.score_policy import ScorePolicy
from liuke.insight.churn.scoring import REASON_COLUMNS, reasons, score
from liuke.insight.churn.tiers import with_tiers
from liuke.insight.churn.watch.histogram import Histogram
from liuke.tables import SCORE


@dataclass(frozen=True, slots=True)
class DayScores:
    """rows: SCORE rows of one model and day, materialised; only customers at risk by the definition. seen: drift."""

    rows: ir.Table
    seen: Histogram


@dataclass(frozen=True, slots=True)
class Scorer:
    """A model at work: active (its tiers warn) or shadow (it only watches), with the bank's key for pseudonyms."""

    artefact: Artefact
    role: Literal["active", "shadow"]
    key: str


def score_rows(
    engine: Engine,
    features: ir.Table,
    standing: ir.Table,
    scorer: Scorer,
    *,
    day: date,
    capacity: float,
    policy: ScorePolicy,
) -> DayScores:
    """Scores the customers at risk on `day`.

    features: customer_id and the day's features. standing: customer_id, at_risk, aum of the day (churn.fates):
    a customer with nothing to lose was not learned from and gets no score. capacity: contacts in one workday.
    Reasons are made for everybody with a tier, others' on demand.
    """
    at_risk = standing.filter(standing.at_risk).select("customer_id", "aum")
    people = features.semi_join(at_risk, "customer_id")
    found = score(engine, people, scorer.artefact, scorer.key)
    [fact] = engine.arrow(found.rows.aggregate(mean=found.rows.probability.mean())).to_pylist()
    mean = float(fact["mean"] or 0.0)
    joined = found.rows.inner_join(at_risk, "customer_id")
    tiered = engine.materialise(with_tiers(joined, capacity, mean, policy))
    warned = people.semi_join(tiered.filter(tiered.tier != "none"), "customer_id")
    why = reasons(engine, warned, scorer.artefact, scorer.key, with_levers=True)
    whole = tiered.left_join(why, "customer_id").drop("customer_id_right")
    rows = whole.mutate(
        as_of=ibis.literal(day),
        model=ibis.literal(scorer.artefact.origin.name),
        version=ibis.literal(scorer.artefact.origin.version),
        role=ibis.literal(scorer.role),
        rank=whole["rank"].cast("int64"),
    )
    assert {name for name, _ in REASON_COLUMNS} <= set(rows.columns)
    return DayScores(engine.materialise(rows.select(*SCORE.names)), found.seen)
