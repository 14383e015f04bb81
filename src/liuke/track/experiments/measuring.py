"""What the planner plans from: baseline, spread and entrants of a source, measured on those who entered before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.errors import YourMistake, coded
from liuke.stats.adjusted import variance_kept
from liuke.stats.cross_moments import CrossMoments
from liuke.track.arm_sums import Metric, added, arm_sums
from liuke.track.cluster_reading import measured_design_effect
from liuke.track.effect import CALLS
from liuke.track.experiments.catalogue import Experiment
from liuke.track.experiments.draw_units import drawable
from liuke.track.experiments.experiment_file import CLUSTERED, Arms, ExperimentFile
from liuke.track.experiments.planner import Baseline, Planned, plan
from liuke.track.experiments.reading import outcome_units
from liuke.track.experiments.registration import Registration, wish_of
from liuke.track.experiments.units import Bank, entrants, window
from liuke.track.outcome_definitions import ZERO_OR_ONE, Definition, OutcomeDefinitions

RECENT_DAYS: Final = 90
"""Entrants per day are those of so many last days."""


def planned_for(engine: Engine, bank: Bank, experiment: Experiment) -> Planned:
    """The plan of the experiment, from what is known as of `bank.as_of` or what its file assumes.

    Raises YourMistake where nothing was measured yet and the file assumes nothing, and where there are no two managers
    or branches to draw.
    """
    spec = experiment.spec
    if spec.unit in CLUSTERED and len(units := drawable(engine, bank.tables, spec)) < 2:
        raise YourMistake(
            coded(
                "too_few_units", "there are {n} to draw of unit {unit}; two arms need two", n=len(units), unit=spec.unit
            ),
            then="draw another unit, or widen `among`",
        )
    return plan(baseline_of(engine, bank, experiment), wish_of(experiment))


def baseline_of(engine: Engine, bank: Bank, experiment: Experiment) -> Baseline:
    """See planner.Baseline: by hand where the file assumes, else measured on everybody who entered before.

    Managers and branches: all customers of their books, or those decided about by the source; periods: of entry.
    """
    spec = experiment.spec
    headline = experiment.definitions[spec.metrics.primary[0]]
    if spec.assumed:
        return _by_hand(spec, headline)
    asked = _open(engine, bank, experiment)
    who = entrants(engine, bank, asked)
    units = outcome_units(engine, bank, asked, who)
    metric = Metric("_", spec.metrics.primary[0], covariates=() if spec.is_clustered else spec.metrics.covariates)
    sums = {key[0]: moments for key, moments in arm_sums(engine, units, [metric])["_"].items() if moments.n}
    whole = _whole(sums)
    if whole is None or whole.n < 2:
        raise YourMistake(
            coded("nothing_to_plan_from", "no outcome of {name} is known yet for this source",
                  name=spec.metrics.primary[0]),
            expected="customers who entered before and whose outcome is known, or `assumed` in the file",
            then="write `assumed: {mean: …, entrants_per_day: …}` into the experiment",
        )  # fmt: skip
    control = sums.get(spec.arms.control, whole)
    base = (control if control.n >= 100 else whole).moments(metric.value)
    per_day, at_most = _flow(engine, bank, asked, who.rows, spec)
    size, variation, correlation = _clusters(engine, units, metric.value, spec, asked.started_on)
    return Baseline(
        mean=base.mean,
        variance=base.variance,
        entrants_per_day=per_day,
        horizon_days=headline.ripens_after,
        is_share=headline.kind in ZERO_OR_ONE,
        variance_kept=_kept(sums, metric, spec),
        existing=whole.n,
        cluster_size=size,
        size_variation=variation,
        correlation=correlation,
        at_most=at_most,
    )


def _by_hand(spec: ExperimentFile, headline: Definition) -> Baseline:
    assumed = spec.assumed
    assert assumed is not None
    variance = assumed.variance if assumed.variance is not None else assumed.mean * (1 - assumed.mean)
    is_share = headline.kind in ZERO_OR_ONE
    return Baseline(
        assumed.mean, variance, assumed.entrants_per_day, headline.ripens_after, is_share and assumed.variance is None,
        assumed=True,
    )  # fmt: skip


def _open(engine: Engine, bank: Bank, experiment: Experiment) -> Registration:
    """The experiment as if it had always run, by customer: who entered its source so far."""
    spec, book = experiment.spec, experiment.spec.source.kind == "book"
    clusters = dict.fromkeys(drawable(engine, bank.tables, spec), "holdout") if book else {}
    loose: Mapping[str, object] = {} if book else {
        "unit": "customer", "evidence": "randomised", "period_days": None, "before_days": None,
        "arms": spec.arms if spec.unit == "customer" and not spec.is_clustered else Arms(),
    }  # fmt: skip
    horizon = max(d.ripens_after for d in experiment.definitions.values())
    since = bank.as_of.day - timedelta(days=horizon) if book else date(1970, 1, 1)
    return Registration(
        code=experiment.code,
        text="",
        version="",
        spec=spec.model_copy(update=dict(loose)),
        definitions=OutcomeDefinitions(outcomes=experiment.definitions),
        experiment=experiment.draw.experiment if experiment.draw else None,
        shares=experiment.shares,
        started_on=since,
        planned_units=1.0,
        planned_days=None,
        channels=experiment.draw.channels if experiment.draw else CALLS,
        tiers=experiment.tiers,
        clusters=clusters,
    )


def _flow(
    engine: Engine, bank: Bank, asked: Registration, rows: ir.Table, spec: ExperimentFile
) -> tuple[float, int | None]:  # fmt: skip
    """Customers who enter per day, and how many there are at all. Managers' and branches' sources are read by those
    acted on, as the experiment will be.
    """
    if spec.source.kind == "book":
        people = engine.count(rows)
        return float(people), people
    mine = window(bank.decisions, asked, bank.as_of)
    [first] = engine.arrow(mine.aggregate(day=mine.as_of.min()))["day"].to_pylist()
    days = min(RECENT_DAYS, (bank.as_of.day - first).days + 1)
    recent = rows.filter(rows.entered_on > ibis.literal(bank.as_of.day - timedelta(days=days)))
    return engine.count(recent) / days, None


def _clusters(
    engine: Engine, units: ir.Table, value: str, spec: ExperimentFile, started_on: date
) -> tuple[float, float, float]:
    if spec.unit in CLUSTERED:
        named = units.mutate(_cluster=units[spec.unit])
    elif spec.evidence == "switchback":
        age = units.entered_on.delta(ibis.literal(started_on), unit="day")
        named = units.mutate(_cluster=(age / (spec.period_days or 1)).floor().cast("int64").cast("string"))
    else:
        return 0.0, 0.0, 0.0
    return measured_design_effect(engine, named, value, "_cluster")


def _kept(sums: Mapping[str, CrossMoments], metric: Metric, spec: ExperimentFile) -> float:
    arms = [sums.get(arm) for arm in (spec.arms.treated, spec.arms.control)]
    if not metric.covariates or arms[0] is None or arms[1] is None:
        return 1.0
    return variance_kept(arms[0], arms[1], metric.value, metric.adjusting) or 1.0


def _whole(sums: Mapping[str, CrossMoments]) -> CrossMoments | None:
    found = added({(arm,): moments for arm, moments in sums.items()}, ())
    return found.get(())
