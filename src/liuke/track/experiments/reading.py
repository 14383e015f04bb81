"""One registered experiment read as of one day: exactly as it was frozen, whatever files say by then.

`read_registered` is the entry point of pages, commands and the daily run. Its headline is by intention to treat; beside
it the effect on those reached, bounds where outcomes are missing, hold-outs who were contacted, and all findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.stats.attrition import LeeBounds
from liuke.stats.complier import ComplierEffect, complier_effect
from liuke.track.arm_sums import Metric, arm_sums
from liuke.track.cluster_reading import effect_of_design, read_cluster_metrics
from liuke.track.experiment_reading import ExperimentReading, MetricReading, Plan, read_experiment, read_metrics
from liuke.track.experiments.experiment_file import WEAKER
from liuke.track.experiments.registration import Registration
from liuke.track.experiments.units import Bank, Entrants, entrants, window
from liuke.track.findings import Finding, finding
from liuke.track.interference import interference_finding, meeting_share
from liuke.track.leakage import Leaked, leaked, leaks
from liuke.track.measure import days_after
from liuke.track.order_statistics import attrition_bounds
from liuke.track.outcome_definitions import NpsChange
from liuke.track.unit_outcomes import unit_outcomes

MONEY = "aum_kept"
"""The metric of AUM kept per customer, in the bank's currency."""
GONE_TOLERATED = 0.01
"""Share of units that had closed before they entered up to which they are only left out: a closing that the core system
tells of a day late. Above, the days cannot be right, and nothing is read."""
FEW_CLUSTERS = 15


@dataclass(frozen=True, slots=True)
class RegisteredReading:
    """One experiment as of `day`.

    reading: sizes, findings (most serious first) and metrics (primary, guardrails, then AUM kept, by name). immature:
    by metric, customers whose outcome is not due yet. reached: effect on those the treatment reached, by primary metric
    and money. bounds: of metrics whose outcome may be missing (NPS). leaked: contacted hold-outs, None where nobody is
    held out. design_effect: 1 where customers are drawn.
    """

    registration: Registration
    day: date
    reading: ExperimentReading
    immature: Mapping[str, int]
    reached: Mapping[str, ComplierEffect]
    bounds: Mapping[str, LeeBounds]
    leaked: Leaked | None
    design_effect: float = 1.0

    @property
    def refused(self) -> bool:
        """Whether no effect was read, and a finding says why."""
        return self.reading.refused

    def metric(self, name: str) -> MetricReading | None:
        """The reading of the metric; None where there is none (refused, or no such metric)."""
        return next((m for m in self.reading.metrics if m.metric == name), None)


def read_registered(
    engine: Engine, bank: Bank, registration: Registration, version_now: str | None = None
) -> RegisteredReading:
    """Reads the experiment. version_now: `Experiment.version` of its file as it is today, to say when it was changed;
    None where that is not asked.

    Never raises for what is wrong with the data: it is a finding, and the reading is refused.
    """
    try:
        return _read(engine, bank, registration, version_now)
    except YourMistake as mistake:
        why = finding("unreadable", "stop", why=mistake.what)
        nothing = ExperimentReading(dict.fromkeys(registration.shares, 0), (why,), ())
        return RegisteredReading(registration, bank.as_of.day, nothing, {}, {}, {}, None)


def outcome_units(engine: Engine, bank: Bank, registration: Registration, who: Entrants) -> ir.Table:
    """The units with value and state of every outcome, and the AUM kept; what all readings are summed from."""
    rows = unit_outcomes(who.rows, bank.tables, registration.definitions, bank.as_of)
    money = registration.spec.metrics.money
    if money:
        rows = rows.mutate(**{MONEY: rows[money] * rows.aum.cast("float64"), f"{MONEY}_state": rows[f"{money}_state"]})
    return engine.materialise(rows)


def plan_of(registration: Registration, present: Mapping[str, int] | None = None) -> Plan:
    """What `read_experiment` is asked for. present: units with a value of each covariate; those nobody has are left
    out.
    """
    spec = registration.spec
    kept = [c for c in spec.metrics.covariates if present is None or present.get(c, 0)]
    with_aum = tuple(dict.fromkeys((*kept, "aum")))
    names = [*spec.metrics.primary, *(c for c in spec.metrics.guardrails)]
    metrics = [Metric(name, name, covariates=tuple(kept)) for name in names]
    if spec.metrics.money:
        metrics.append(Metric(MONEY, MONEY, covariates=with_aum))
    return Plan(
        metrics=tuple(metrics),
        planned_units=registration.planned_units,
        shares=registration.shares,
        treated=spec.arms.treated,
        control=spec.arms.control,
        primary=len(spec.metrics.primary),
        segment=spec.segment,
        stratum=spec.stratum,
        level=spec.level,
    )


def leak_rows(bank: Bank, registration: Registration, who: Entrants) -> ir.Table:
    """Contacts with hold-outs, as `leakage.leaks`."""
    return leaks(who.rows, bank.contacts, registration.horizon_days, bank.as_of, registration.channels)


def _read(engine: Engine, bank: Bank, registration: Registration, version_now: str | None) -> RegisteredReading:
    spec = registration.spec
    who = entrants(engine, bank, registration)
    units = outcome_units(engine, bank, registration, who)
    present = _present(engine, units, registration)
    plan = plan_of(registration, present)
    found = [*_standing_findings(registration, version_now), *_draw_findings(engine, bank, registration, who),
             *_covariate_findings(registration, present)]  # fmt: skip
    reading, effect = _metrics(engine, units, plan, registration)
    held_out = spec.unit == "customer" and spec.evidence not in WEAKER and "holdout" in registration.shares
    lost = leaked(engine, who.rows, leak_rows(bank, registration, who)) if held_out else None
    found += [*reading.findings, *_arm_findings(reading, plan), *_leak_findings(lost),
              *_met_findings(engine, who, registration), *_equal_findings(reading)]  # fmt: skip
    ordered = tuple(sorted(found, key=lambda f: ("stop", "mind", "note").index(f.severity)))
    stopped = any(f.severity == "stop" for f in ordered)
    reading = replace(reading, findings=ordered, metrics=() if stopped else reading.metrics)
    beside = not stopped and not spec.is_clustered
    whole = RegisteredReading(
        registration=registration,
        day=bank.as_of.day,
        reading=reading,
        immature=_immature(engine, units, plan),
        reached=_reached(engine, bank, units, registration, plan) if beside and spec.evidence not in WEAKER else {},
        bounds=_bounds(engine, units, registration, plan) if beside else {},
        leaked=lost,
        design_effect=effect,
    )
    engine.release(units)
    engine.release(who.rows)
    return whole


def _metrics(
    engine: Engine, units: ir.Table, plan: Plan, registration: Registration
) -> tuple[ExperimentReading, float]:  # fmt: skip
    """The reading, and the design effect of the first primary metric."""
    spec = registration.spec
    if spec.is_clustered or spec.evidence in WEAKER:
        counted = engine.arrow(units.group_by("arm").aggregate(n=units.count())).to_pylist()
        sizes = dict.fromkeys(plan.shares, 0) | {row["arm"]: int(row["n"]) for row in counted}
        if not spec.is_clustered:
            return ExperimentReading(sizes, (), read_metrics(engine, units, plan)), 1.0
        found = tuple(_few_clusters(engine, units, plan))
        metrics = read_cluster_metrics(engine, units, plan, "cluster")
        effect = effect_of_design(engine, units, plan.metrics[0].value, "cluster")
        return ExperimentReading(sizes, found, metrics), effect
    return read_experiment(engine, units, plan), 1.0


def _standing_findings(registration: Registration, version_now: str | None) -> Iterator[Finding]:
    if not registration.registered:
        yield finding("not_pre_registered", "note")
    if registration.spec.evidence in WEAKER:
        yield finding(f"weaker_{registration.spec.evidence}", "mind")
    if version_now is not None and version_now != registration.version:
        yield finding("text_changed", "mind")


def _draw_findings(engine: Engine, bank: Bank, registration: Registration, who: Entrants) -> Iterator[Finding]:
    """What the decisions say about the draw itself, beyond the first decision of each customer."""
    spec = registration.spec
    if spec.source.kind != "book" and spec.evidence not in WEAKER and spec.unit == "customer":
        mine = window(bank.decisions, registration, bank.as_of)
        mine = mine.filter(mine.as_of >= ibis.literal(registration.started_on))
        yield from _moved_split(engine, mine, registration)
        each = mine.group_by("customer_id").aggregate(arms=mine.arm.nunique())
        both = engine.count(each.filter(each.arms > 1))
        if both:
            yield finding("drawn_into_two_arms", "stop", units=both)
    if who.before and spec.evidence not in WEAKER:
        yield finding("entered_before", "note", units=who.before)
    if who.outside and spec.unit != "customer":
        yield finding("outside_units", "note", units=who.outside)
    if who.gone:
        share = who.gone / (who.gone + engine.count(who.rows))
        if share > GONE_TOLERATED:
            yield finding("outcome_before_entry", "stop", units=who.gone)
        else:
            yield finding("gone_before_entry", "mind", units=who.gone, share=share)


def _moved_split(engine: Engine, mine: ir.Table, registration: Registration) -> Iterator[Finding]:
    """Decisions drawn at another share than was registered; the one with the most customers is told."""
    planned = registration.shares.get("holdout", 0.0)
    moved = mine.filter((mine.holdout_share - planned).abs() > 1e-4)
    counts = moved.group_by("holdout_share").aggregate(units=moved.customer_id.nunique())
    rows = engine.arrow(counts.order_by(ibis.desc("units"), "holdout_share").limit(1)).to_pylist()
    for row in rows:
        yield finding("split_moved", "stop", planned=planned, drawn=row["holdout_share"], units=row["units"])


def _present(engine: Engine, units: ir.Table, registration: Registration) -> dict[str, int]:
    """Units with a value of each covariate, and '' for all."""
    wanted = {name: units[name].count() for name in registration.spec.metrics.covariates}
    [row] = engine.arrow(units.aggregate(_all=units.count(), **wanted)).to_pylist()
    return {"": row.pop("_all"), **row}


def _covariate_findings(registration: Registration, present: Mapping[str, int]) -> Iterator[Finding]:
    everybody = present[""]
    for name in registration.spec.metrics.covariates if everybody else ():
        if not present[name]:
            yield finding("no_covariate", "mind", covariate=name)
        elif present[name] < everybody:
            yield finding("no_pre_period", "note", share=1 - present[name] / everybody, covariate=name)


def _arm_findings(reading: ExperimentReading, plan: Plan) -> Iterator[Finding]:
    for arm in (plan.treated, plan.control):
        if not reading.sizes.get(arm):
            yield finding("empty_arm", "mind", arm=arm)


def _leak_findings(lost: Leaked | None) -> Iterator[Finding]:
    if lost and lost.people:
        yield finding("contacted_holdouts", "mind", people=lost.people, share=lost.share)


def _met_findings(engine: Engine, who: Entrants, registration: Registration) -> Iterator[Finding]:
    if registration.spec.unit != "customer" or registration.spec.evidence in WEAKER:
        return
    for meets_by in ("household", "rm"):
        if meets_by in who.rows.columns:
            found = interference_finding(meeting_share(engine, who.rows, meets_by), meets_by)
            if found:
                yield found


def _equal_findings(reading: ExperimentReading) -> Iterator[Finding]:
    for metric in reading.metrics:
        if metric.reading and metric.reading.difference.variance == 0 and metric.units:
            yield finding("all_equal", "mind", metric=metric.metric)


def _few_clusters(engine: Engine, units: ir.Table, plan: Plan) -> Iterator[Finding]:
    counted = engine.arrow(units.group_by("arm").aggregate(n=units.cluster.nunique())).to_pylist()
    least = min((int(row["n"]) for row in counted if row["arm"] in (plan.treated, plan.control)), default=0)
    if least < FEW_CLUSTERS:
        yield finding("few_clusters", "mind", clusters=least)


def _immature(engine: Engine, units: ir.Table, plan: Plan) -> dict[str, int]:
    names = {m.name: (units[f"{m.value}_state"] == "immature").sum().fill_null(0) for m in plan.metrics}
    [row] = engine.arrow(units.aggregate(**names)).to_pylist()
    return {name: int(n) for name, n in row.items()}


def _reached(
    engine: Engine, bank: Bank, units: ir.Table, registration: Registration, plan: Plan
) -> dict[str, ComplierEffect]:  # fmt: skip
    """Per primary metric and money: the effect on those whom a contact of the treatment's channels got through to."""
    if registration.spec.arms.control != "holdout":
        return {}
    worked = _worked(bank, units, registration, plan)
    asked = [m for m in plan.metrics[: plan.primary] if m.name != MONEY] + [m for m in plan.metrics if m.name == MONEY]
    with_worked = [Metric(m.name, m.value, covariates=("worked", *m.covariates)) for m in asked]
    sums = arm_sums(engine, worked, with_worked)
    found: dict[str, ComplierEffect] = {}
    for metric in asked:
        arms = [sums[metric.name].get((arm,)) for arm in (plan.treated, plan.control)]
        if arms[0] and arms[1]:
            effect = complier_effect(arms[0], arms[1], metric.value, "worked", metric.adjusting, plan.level)
            if effect:
                found[metric.name] = effect
    return found


def _worked(bank: Bank, units: ir.Table, registration: Registration, plan: Plan) -> ir.Table:
    """The units with worked: 1 where a contact of the treatment's channels got through until the first primary metric
    was due, else 0; a contact that belongs to another decision does not count.
    """
    horizon = registration.definitions.outcomes[plan.metrics[0].value].ripens_after
    through = bank.contacts.filter(
        bank.contacts.channel.isin(list(registration.channels)), bank.contacts.result != "not_reached"
    ).select("customer_id", on_day="business_date", belongs="loop_id")
    met = units.select("unit_id", "customer_id", "entered_on").inner_join(through, "customer_id")
    inside = met.filter(
        met.on_day > met.entered_on, met.on_day <= days_after(met.entered_on, horizon),
        met.on_day <= ibis.literal(bank.as_of.day), met.belongs.isnull() | (met.belongs == met.unit_id),
    ).select("unit_id").distinct().mutate(_through=True)  # fmt: skip
    joined = units.left_join(inside, "unit_id").drop("unit_id_right")
    return joined.mutate(worked=joined["_through"].notnull().cast("float64")).drop("_through")


def _bounds(engine: Engine, units: ir.Table, registration: Registration, plan: Plan) -> dict[str, LeeBounds]:
    """Of the metrics that some customers do not answer, among those whose day has come."""
    found: dict[str, LeeBounds] = {}
    for metric in plan.metrics:
        definition = registration.definitions.outcomes.get(metric.value)
        if isinstance(definition, NpsChange):
            ripe = units.filter(units[f"{metric.value}_state"] != "immature")
            bounds = attrition_bounds(engine, ripe, metric.value, plan.treated, plan.control, plan.level)
            if bounds:
                found[metric.name] = bounds
    return found
