"""Who is in an experiment: one row per unit drawn, with its arm and what was known of it when it entered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.act.campaigns.catalogue import treatment_of
from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.facts import living
from liuke.insight.known import BankTables
from liuke.insight.snapshot import owners
from liuke.track.effect import first_decisions
from liuke.track.experiments.draw_units import period_arms
from liuke.track.experiments.experiment_file import CLUSTERED
from liuke.track.experiments.registration import Registration
from liuke.track.measure import days_after, first_day, measured

TablesAt = Callable[[AsOf], BankTables]
PRE_PERIOD: Final = 30
"""Days before the entry of the covariates aum_30 and transactions_30."""
_FROM_DECISION: Final = ("loop_id", "customer_id", "arm", "as_of", "treatment", "tier", "score", "aum", "branch_id",
                         "staff_id")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bank:
    """What a reading reads, as known as of one moment.

    decisions: DECISION. contacts: CONTACT as known. tables: as of `as_of`. tables_at: as of an earlier moment, for the
    books of managers at the start.
    """

    as_of: AsOf
    decisions: ir.Table
    contacts: ir.Table
    tables: BankTables
    tables_at: TablesAt


@dataclass(frozen=True, slots=True)
class Entrants:
    """rows: the units, see `entrants`. before: customers drawn before the registered start, outside: of no drawn
    manager or branch, gone: closed on or before the day of entry; none of them is in rows.
    """

    rows: ir.Table
    before: int
    outside: int
    gone: int


def window(decisions: ir.Table, registration: Registration, as_of: AsOf) -> ir.Table:
    """DECISION rows of the experiment's draw up to the as-of day and its end, as known then; before its start too."""
    last = min(as_of.day, registration.ended_on or as_of.day)
    return decisions.filter(
        decisions.experiment == (registration.experiment or ""),
        decisions.as_of <= ibis.literal(last),
        decisions.decided_at <= ibis.literal(as_of.known_by),
    )


def entrants(engine: Engine, bank: Bank, registration: Registration) -> Entrants:
    """The units of the experiment as of `bank.as_of`.

    Each customer enters once, with the first decision the draw ever made about him: who is drawn again depends on what
    was done the first time, and who was drawn before the start has been treated or held out already. Columns:

    unit_id, customer_id, arm, entered_on (data day of the decision: facts after it are after the draw), aum (at entry),
    score, tier, branch, rm, week (its Monday, as text), cluster (text; null where customers are drawn), customer_tier
    (of the AUM at entry), and aum_30, transactions_30 where the plan asks for them: null for who was no customer then.
    """
    source = registration.spec.source
    people = _of_book(bank, registration) if source.kind == "book" else _of_draw(engine, bank, registration)
    people = engine.materialise(people)
    early = people.entered_on < ibis.literal(_first_day(registration))
    known = bank.tables.customer.select("customer_id", "opened_on", "closed_on")
    joined = people.filter(~early, people.arm.notnull()).left_join(known, "customer_id").drop("customer_id_right")
    inside = engine.materialise(joined.mutate(_gone=(joined.closed_on <= joined.entered_on).fill_null(False)))
    there = inside.filter(~inside["_gone"]).drop("_gone", "closed_on")
    rows = engine.materialise(_grouped(_with_pre_period(there, bank, registration), registration))
    left = people.aggregate(before=early.sum().fill_null(0), outside=(~early & people.arm.isnull()).sum().fill_null(0))
    [counts] = engine.arrow(left).to_pylist()
    gone = engine.count(inside.filter(inside["_gone"]))
    for table in (people, inside):
        engine.release(table)
    return Entrants(rows, counts["before"], counts["outside"], gone)


def _first_day(registration: Registration) -> date:
    spec = registration.spec
    back = 1 if spec.source.kind == "book" else spec.before_days or 0
    return registration.started_on - timedelta(days=back)


def _of_draw(engine: Engine, bank: Bank, registration: Registration) -> ir.Table:
    rows = first_decisions(window(bank.decisions, registration, bank.as_of)).select(*_FROM_DECISION)
    told = rows.select(
        "customer_id", "tier", "score", "aum", unit_id=rows.loop_id, entered_on=rows.as_of, branch=rows.branch_id,
        rm=rows.staff_id, drawn=rows.arm, treatment=rows.treatment,
    )  # fmt: skip
    spec = registration.spec
    if spec.unit in CLUSTERED:
        acted = told.filter(told.drawn == "treated")
        return _by_cluster(engine, acted.mutate(cluster=acted.rm if spec.unit == "rm" else acted.branch), registration)
    if spec.evidence == "switchback":
        return _by_period(engine, told.filter(told.drawn == "treated"), registration, bank.as_of.day)
    if spec.evidence == "before_after":
        acted = told.filter(told.drawn == "treated")
        after = acted.entered_on >= ibis.literal(registration.started_on)
        return _plain(acted.mutate(arm=ibis.ifelse(after, "treated", "holdout")))
    return _plain(told.mutate(arm=_own_arm(told, registration)))


def _own_arm(told: ir.Table, registration: Registration) -> ir.StringValue:
    arms = registration.spec.arms
    if {arms.treated, arms.control} == {"treated", "holdout"}:
        return told.drawn
    named = treatment_of(registration.spec.source.code or "", "")
    return ibis.ifelse(told.drawn == "holdout", "holdout", told.treatment.substr(len(named)))


def _plain(told: ir.Table) -> ir.Table:
    return told.drop("drawn", "treatment").mutate(cluster=ibis.null("string"))


def _by_cluster(engine: Engine, told: ir.Table, registration: Registration) -> ir.Table:
    """Of each drawn cluster the customers, with its arm; null for those of none."""
    clusters = registration.clusters
    listed = pa.table({
        "cluster": pa.array(list(clusters), pa.string()), "arm": pa.array(list(clusters.values()), pa.string()),
    })  # fmt: skip
    kept = told.drop(*[name for name in ("drawn", "treatment") if name in told.columns])
    return kept.left_join(engine.from_arrow(listed), "cluster").drop("cluster_right")


def _by_period(engine: Engine, told: ir.Table, registration: Registration, until: date) -> ir.Table:
    days = registration.spec.period_days or 1
    periods = period_arms(registration.code, registration.started_on, until, days)
    listed = pa.table({
        "cluster": pa.array([str(n) for n in range(len(periods))], pa.string()),
        "arm": pa.array([arm for _, arm in periods], pa.string()),
    })  # fmt: skip
    age = told.entered_on.delta(ibis.literal(registration.started_on), unit="day")
    placed = told.mutate(cluster=(age / days).floor().cast("int64").cast("string"))
    return placed.drop("drawn", "treatment").left_join(engine.from_arrow(listed), "cluster").drop("cluster_right")


def _of_book(bank: Bank, registration: Registration) -> ir.Table:
    """Every living customer of the drawn managers or branches on the day before the start, as known then."""
    gap = (bank.as_of.day - registration.started_on).days + 1
    tables = bank.tables_at(bank.as_of.back(gap))
    entered = ibis.literal(registration.started_on - timedelta(days=1))
    people = living(tables).select("customer_id", "branch_id")
    joined = people.left_join(owners(tables), "customer_id").drop("customer_id_right")
    points = joined.select("customer_id", on_day=entered, branch="branch_id", rm="staff_id")
    stood = measured(points, tables, (1,))
    told = stood.select(
        "customer_id", "aum", "branch", "rm", unit_id=stood.customer_id, entered_on=stood.on_day,
        tier=ibis.null("string"), score=ibis.null("float64"),
        cluster=stood.rm if registration.spec.unit == "rm" else stood.branch,
    )  # fmt: skip
    arms = [(told.cluster == name, arm) for name, arm in registration.clusters.items()]
    return told.mutate(arm=ibis.cases(*arms, else_=ibis.null("string")) if arms else ibis.null("string"))


def _with_pre_period(rows: ir.Table, bank: Bank, registration: Registration) -> ir.Table:
    """aum_30, transactions_30 where a covariate, without opened_on; they use facts up to the entry only."""
    wanted = registration.spec.metrics.covariates
    nobody = (rows.opened_on > days_after(rows.entered_on, -PRE_PERIOD)).fill_null(False)
    told = rows.mutate(_new=nobody)
    for name, day in (("aum_30", -PRE_PERIOD), ("transactions_30", 0)):
        if name not in wanted:
            continue
        points = told.select("unit_id", "customer_id", on_day=days_after(told.entered_on, day))
        stood = measured(points, bank.tables, (PRE_PERIOD,))
        number = stood.aum if name == "aum_30" else stood[f"active_{PRE_PERIOD}"]
        joined = told.left_join(stood.select("unit_id", _number=number.cast("float64")), "unit_id")
        joined = joined.drop("unit_id_right")
        told = joined.mutate(**{name: ibis.ifelse(joined["_new"], ibis.null("float64"), joined["_number"])})
        told = told.drop("_number")
    return told.drop("_new", "opened_on")


def _grouped(rows: ir.Table, registration: Registration) -> ir.Table:
    """With week and customer_tier."""
    steps = [(rows.aum.cast("float64") >= least, code) for code, least in reversed(registration.tiers)]
    week = first_day(rows.entered_on, "W").cast("string")
    tier = ibis.cases(*steps, else_=registration.tiers[0][0]) if steps else ibis.null("string")
    return rows.mutate(week=week, customer_tier=tier)
