"""Examples for the learner: past snapshots × features × fates, de-identified before anything leaves the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.govern.pseudonym import SUBJECT, pseudonymised, subjects_below, with_subject
from liuke.insight.churn.definition import ChurnDefinition
from liuke.insight.churn.fates import KEY, fates
from liuke.insight.churn.learning.data import Examples, Floats
from liuke.insight.churn.signals import signals
from liuke.insight.churn.splits import Plan
from liuke.insight.churn.warning_policy import WarningPolicy
from liuke.insight.features.build import features_in_parts
from liuke.insight.known import Rows, tables_as_of

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Material:
    """What examples are made of. rows: the bank's tables. moments: one per snapshot day, what was known then.

    outcomes: until when outcomes are known, and what is known of them. key: the bank's for pseudonyms.
    """

    engine: Engine
    rows: Rows
    zone: ZoneInfo
    moments: tuple[AsOf, ...]
    outcomes: AsOf
    key: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Which columns are wanted: features the model may see, and features that only stand beside it (fairness)."""

    features: tuple[str, ...]
    beside: tuple[str, ...]

    @property
    def every(self) -> tuple[str, ...]:
        """Both, each once."""
        return tuple(dict.fromkeys(self.features + self.beside))


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Examples, and in the same order what a report compares them by and no model sees.

    aum, aum_mean: AUM on the day and its own mean of 90 days. lead_days: NaN unless lost. signal: the transparent
    signals' score. beside: columns that only groups are made from.
    """

    examples: Examples
    aum: Floats
    aum_mean: Floats
    lead_days: Floats
    signal: Floats
    beside: Mapping[str, Floats]

    def take(self, rows: NDArray[np.bool_]) -> Snapshots:
        """The examples of a mask."""
        beside = {name: values[rows] for name, values in self.beside.items()}
        ex, money = self.examples.take(rows), (self.aum[rows], self.aum_mean[rows])
        return Snapshots(ex, *money, self.lead_days[rows], self.signal[rows], beside)


@dataclass(frozen=True, slots=True)
class Drawn:
    """How many examples there were, (lost, all) of each day, and which share of each kind is kept."""

    counts: Mapping[date, tuple[int, int]]
    kept_positives: float
    kept_negatives: float
    kept_test: float

    @property
    def complete(self) -> bool:
        """Whether no example to learn from is left out."""
        return min(self.kept_positives, self.kept_negatives) >= 1


def cases(material: Material, definition: ChurnDefinition, warning: WarningPolicy) -> ir.Table:
    """One row per snapshot and customer at risk, with what became of him; materialised. Stays in the engine.

        as_of       customer_id  lost  lead_days  aum_then  aum_mean_then  signal
        2026-03-31  C1           true  32         52000.0   61250.0        0.42

    Fates are as known now, signals as known on each day's morning after. Customers lost within the gap are left out.
    """
    engine, days = material.engine, [m.day for m in material.moments]
    known = tables_as_of(material.rows, material.outcomes, material.zone)
    outcome = fates(engine, known, days, definition)
    usable = outcome.filter(outcome.at_risk & ~outcome.too_soon).select(
        *KEY, "lost", "lead_days", aum_then="aum", aum_mean_then="aum_mean_90"
    )
    loud = _signals(material, warning)
    made = engine.materialise(usable.left_join(loud, KEY).drop("as_of_right", "customer_id_right"))
    for used in (outcome, loud):
        engine.release(used)
    return made


def learning_view(material: Material, drawn_from: ir.Table, plan: Plan, drawn: Drawn, asked: Asked) -> ir.Table:
    """The drawn cases with their features as known on each day's morning after, without any identifier; materialised.

        as_of       subject  out_amount_30 …  lost  lead_days  aum_then  aum_mean_then  signal
        2026-03-31  9c1f04…  5200.0           true  32         52000.0   61250.0        0.42

    Who is drawn depends on the pseudonym alone, so the same key draws the same people. Features are built part after
    part, and of each only the drawn rows are kept: a large bank's do not fit at once.
    """
    engine = material.engine
    known = with_subject(drawn_from, material.key)
    learn = known.as_of.isin([ibis.literal(day) for day in plan.train])
    rate = ibis.ifelse(known.lost, subjects_below(drawn.kept_positives), subjects_below(drawn.kept_negatives))
    bound = ibis.ifelse(learn, rate, ibis.literal(subjects_below(drawn.kept_test)))
    chosen = engine.materialise(known.filter(known[SUBJECT].substr(0, 8) < bound).drop(SUBJECT))
    parts = features_in_parts(engine, material.rows, material.moments, zone=material.zone, names=asked.every)
    view = engine.gathered(pseudonymised(part.inner_join(chosen, KEY), material.key) for part in parts)
    engine.release(chosen)
    return view


def _signals(material: Material, warning: WarningPolicy) -> ir.Table:
    """One moment after the other: Spark plans a union of many for minutes."""
    return material.engine.gathered(
        signals(tables_as_of(material.rows, moment, material.zone), moment, warning).select(*KEY, signal="score")
        for moment in material.moments
    )


def draw(engine: Engine, drawn_from: ir.Table, plan: Plan, sample_rows: int) -> Drawn:
    """Which shares to keep so that learning and judging each hold `sample_rows` at most; losses are kept first.

    Raises YourMistake when no example is there, or none was lost among those to learn from or to judge on.
    """
    table = drawn_from.group_by("as_of").aggregate(
        lost=drawn_from.lost.cast("int64").sum().cast("int64"), people=drawn_from.count().cast("int64")
    )
    rows = engine.arrow(table).to_pylist()
    counts = {row["as_of"]: (int(row["lost"]), int(row["people"])) for row in sorted(rows, key=lambda r: r["as_of"])}
    for days, what in ((plan.train, "learn from"), (plan.test, "judge on")):
        lost, people = _total(counts, days)
        if not 0 < lost < people:
            raise _one_class(days, what, lost, people)
    lost, people = _total(counts, plan.train)
    positives = min(1.0, sample_rows / 2 / lost)
    negatives = min(1.0, (sample_rows - lost * positives) / (people - lost))
    return Drawn(counts, positives, negatives, min(1.0, sample_rows / _total(counts, plan.test)[1]))


def snapshots(engine: Engine, view: ir.Table, plan: Plan, drawn: Drawn, asked: Asked) -> tuple[Snapshots, Snapshots]:
    """The examples of the days to learn from and of those to judge on, streamed out of the engine.

    In the order of day and pseudonym, whatever order the engine has. Weights of the first undo the drawing; the
    second needs none.
    """
    whole = _read(engine, view, asked)
    group = whole.examples.group
    assert group is not None
    train = whole.take(np.isin(group, [_number(day) for day in plan.train]))
    label = train.examples.label
    weight = np.where(label == 1, 1 / drawn.kept_positives, 1 / drawn.kept_negatives)
    ex = train.examples
    weighted = Examples(ex.features, ex.names, ex.label, ex.group, None if drawn.complete else weight)
    test = whole.take(np.isin(group, [_number(day) for day in plan.test]))
    return Snapshots(weighted, train.aum, train.aum_mean, train.lead_days, train.signal, train.beside), test


def _read(engine: Engine, view: ir.Table, asked: Asked) -> Snapshots:
    """The whole view as arrays; features in single precision, as large samples must fit."""
    facts = ("lost", "lead_days", "aum_then", "aum_mean_then", "signal", *asked.beside)
    subjects, days, matrices, columns = [], [], [], []
    for batch in engine.batches(view.select("as_of", SUBJECT, *dict.fromkeys(asked.features + facts))):
        matrix = np.empty((batch.num_rows, len(asked.features)), np.float32)
        for place, name in enumerate(asked.features):
            matrix[:, place] = batch.column(name).to_numpy(zero_copy_only=False)
        matrices.append(matrix)
        subjects.append(batch.column(SUBJECT).to_numpy(zero_copy_only=False).astype("S16"))
        days.append(batch.column("as_of").cast("int32").to_numpy(zero_copy_only=False).astype(np.int64))
        columns.append([np.asarray(batch.column(f).to_numpy(zero_copy_only=False), np.float64) for f in facts])
    group = np.concatenate(days)
    order = np.lexsort((np.concatenate(subjects), group))
    by_name = {name: np.concatenate([c[i] for c in columns])[order] for i, name in enumerate(facts)}
    label = by_name["lost"].astype(np.int8)
    return Snapshots(
        Examples(np.concatenate(matrices)[order], asked.features, label, group[order]),
        by_name["aum_then"],
        by_name["aum_mean_then"],
        by_name["lead_days"],
        np.nan_to_num(by_name["signal"]),
        {name: by_name[name] for name in asked.beside},
    )


def day_of(number: int) -> date:
    """The date of an example's group."""
    return _EPOCH + timedelta(days=int(number))


def _number(day: date) -> int:
    return (day - _EPOCH).days


def _total(counts: Mapping[date, tuple[int, int]], days: Sequence[date]) -> tuple[int, int]:
    found = [counts.get(day, (0, 0)) for day in days]
    return sum(lost for lost, _ in found), sum(people for _, people in found)


def _one_class(days: Sequence[date], what: str, lost: int, people: int) -> YourMistake:
    span = f"{days[0]} to {days[-1]}" if len(days) > 1 else f"{days[0]}"
    if not people:
        said = f"no customer at risk was known on the days to {what} ({span})"
        then = "check at_risk in policies/churn.yaml; history delivered late needs --known-now"
    else:
        said = f"{'nobody' if not lost else 'everybody'} of {people} was lost on the days to {what} ({span})"
        then = "check the definition in policies/churn.yaml, lengthen its horizon, or take more snapshots"
    return YourMistake(said, expected="both lost and kept customers", state="nothing was trained or written", then=then)
