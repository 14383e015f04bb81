"""What became of the units of an experiment by the bank's definitions, computed from the lake as of any day."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.insight.known import BankTables
from liuke.insight.value.dealings import EARLY_DAYS
from liuke.track.measure import days_after, measured
from liuke.track.outcome_definitions import (
    AumKeptShare,
    ComplaintFree,
    Definition,
    NpsChange,
    OutcomeDefinitions,
    Reactivated,
    Renewed,
    Retained,
)
from liuke.track.outcomes import kept_share, retained


def unit_outcomes(units: ir.Table, tables: BankTables, definitions: OutcomeDefinitions, as_of: AsOf) -> ir.Table:
    """The units with two columns per outcome: its value (float64, NULL unless known) and <code>_state.

    units: unit_id (unique), customer_id, entered_on (facts after this day are after the draw), aum (at entry), and any
    others. tables: insight.known.bank_tables as of `as_of`. States: known; immature (the horizon is not over: never a
    failure, it is not known yet); not_applicable (the definition does not ask about this customer).

        unit_id  customer_id  entered_on  aum      →  retained_30  retained_30_state  renewed_90  renewed_90_state
        U1       C1           2026-03-01  1000.00     1.0          known              NULL        immature

    A value uses facts up to its own ripening day only, as known by `as_of`: what happens later cannot change it, a
    correction that arrives later can. Whom a definition asks about is decided by facts up to entry, so that the
    treatment cannot choose its own customers; except for NPS, where somebody has to answer.
    """
    found = units
    for code, definition in definitions.outcomes.items():
        ripe = days_after(units.entered_on, definition.ripens_after) <= ibis.literal(as_of.day)
        values = _values(units.filter(ripe), tables, definition).select("unit_id", _value="value")
        joined = found.left_join(values, "unit_id").drop("unit_id_right")
        over = days_after(joined.entered_on, definition.ripens_after) <= ibis.literal(as_of.day)
        state = ibis.ifelse(over, ibis.ifelse(joined["_value"].isnull(), "not_applicable", "known"), "immature")
        found = joined.mutate(**{code: joined["_value"], f"{code}_state": state}).drop("_value")
    return found


def _values(ripe: ir.Table, tables: BankTables, definition: Definition) -> ir.Table:
    """unit_id, value (float64, NULL where not asked about); units it does not ask about may be left out."""
    match definition:
        case Retained():
            return _retained(ripe, tables, definition)
        case AumKeptShare():
            stood = _at_horizon(ripe, tables, definition, 1)
            return stood.select("unit_id", value=kept_share(stood.aum, stood.aum_at_decision))
        case Reactivated():
            return _reactivated(ripe, tables, definition)
        case Renewed():
            return _renewed(ripe, tables, definition)
        case ComplaintFree():
            return _complaint_free(ripe, tables, definition)
        case NpsChange():
            return _nps_change(ripe, tables, definition)


def _at_horizon(ripe: ir.Table, tables: BankTables, definition: Retained | AumKeptShare, window: int) -> ir.Table:
    points = ripe.select(
        "unit_id", "customer_id", aum_at_decision="aum", on_day=days_after(ripe.entered_on, definition.horizon_days)
    )
    return measured(points, tables, (window,))


def _retained(ripe: ir.Table, tables: BankTables, definition: Retained) -> ir.Table:
    stood = _at_horizon(ripe, tables, definition, definition.activity_window_days)
    return stood.select("unit_id", value=retained(stood, definition).cast("float64"))


def _reactivated(ripe: ir.Table, tables: BankTables, definition: Reactivated) -> ir.Table:
    """Counts of both windows in one pass over the units' own transactions."""
    moves = tables.transaction.filter(tables.transaction.initiator == "customer")
    owned = moves.inner_join(tables.account.select("account_id", "customer_id"), "account_id")
    met = ripe.select("unit_id", "customer_id", "entered_on").inner_join(
        owned.select("customer_id", "business_date"), "customer_id"
    )
    age = met.business_date.delta(met.entered_on, unit="day")
    counted = met.group_by("unit_id").aggregate(
        before=((age <= 0) & (age > -definition.quiet_days)).sum(),
        after=((age > 0) & (age <= definition.horizon_days)).sum(),
    )
    joined = ripe.select("unit_id").left_join(counted, "unit_id").drop("unit_id_right")
    back = (joined.after.fill_null(0) >= definition.transactions).cast("float64")
    return joined.filter(joined.before.fill_null(0) == 0).select("unit_id", value=back)


def _renewed(ripe: ir.Table, tables: BankTables, definition: Renewed) -> ir.Table:
    held = tables.holding.select("customer_id", "holding_id", "started_on", "matures_on", "ended_on")
    mine = ripe.select("unit_id", "customer_id", "entered_on").inner_join(held, "customer_id")
    gap = mine.matures_on.delta(mine.entered_on, unit="day")
    there = (mine.started_on <= mine.entered_on) & (mine.ended_on.isnull() | (mine.ended_on > mine.entered_on))
    due = mine.filter(there, gap > 0, gap <= definition.horizon_days)
    due = due.select("unit_id", "customer_id", "holding_id", "matures_on")
    others = tables.holding.select("customer_id", other="holding_id", begun="started_on")
    pairs = due.left_join(others, "customer_id").drop("customer_id_right")
    wait = pairs.begun.delta(pairs.matures_on, unit="day")
    follows = (pairs.other != pairs.holding_id) & (wait >= -EARLY_DAYS) & (wait <= definition.renewal_days)
    each = pairs.group_by("unit_id", "holding_id").aggregate(renewed=follows.fill_null(False).cast("float64").max())
    return each.group_by("unit_id").aggregate(value=each.renewed.mean())


def _complaint_free(ripe: ir.Table, tables: BankTables, definition: ComplaintFree) -> ir.Table:
    told = tables.complaint.select("customer_id", "business_date")
    met = ripe.select("unit_id", "customer_id", "entered_on").inner_join(told, "customer_id")
    age = met.business_date.delta(met.entered_on, unit="day")
    complained = met.filter((age > 0) & (age <= definition.horizon_days)).select("unit_id").distinct()
    complained = complained.mutate(told=True)
    joined = ripe.select("unit_id").left_join(complained, "unit_id").drop("unit_id_right")
    return joined.select("unit_id", value=joined.told.isnull().cast("float64"))


def _nps_change(ripe: ir.Table, tables: BankTables, definition: NpsChange) -> ir.Table:
    answers = tables.survey_response.filter(tables.survey_response.survey == "nps")
    answers = answers.select("customer_id", "business_date", "occurred_at", "ingested_at", "score")
    met = ripe.select("unit_id", "customer_id", "entered_on").inner_join(answers, "customer_id")
    age = met.business_date.delta(met.entered_on, unit="day")
    latest = ibis.struct({"at": met.occurred_at, "known": met.ingested_at, "score": met.score})
    last = met.group_by("unit_id").aggregate(
        before=latest.max(where=(age <= 0) & (age > -definition.look_back_days)),
        after=latest.max(where=(age > 0) & (age <= definition.horizon_days)),
    )
    return last.select("unit_id", value=(last.after["score"] - last.before["score"]).cast("float64"))
