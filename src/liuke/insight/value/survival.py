"""How fast customers of a group leave, counted in the bank's own past: who of the customers of a day was lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.activity import ActivityPolicy, activity_tier
from liuke.insight.customer_tier import CustomerTierPolicy, reached_tier
from liuke.insight.facts import assets_on, is_open_on
from liuke.insight.known import BankTables
from liuke.insight.value.value_policy import SurvivalRule


@dataclass(frozen=True, slots=True)
class Attrition:
    """One group's rate. tier, activity: the group, None for all customers together; customers, lost: the count it
    rests on; per_year: share lost within a year at a constant rate, blended with the overall rate.
    """

    tier: str | None
    activity: str | None
    customers: int
    lost: int
    per_year: float


def attrition(
    engine: Engine, tables: BankTables, tiers: CustomerTierPolicy, activity: ActivityPolicy, rule: SurvivalRule
) -> tuple[Attrition, ...]:
    """The overall rate first, then a row per group with customers. Without enough history only the default.

    The cohort: customers of the longest of `cohort_days` ago for which balances and transactions reach back far
    enough, grouped by the tier their AUM of that day reaches and their activity (transactions only). Lost by the
    as-of day: closed, or AUM below kept_share of what it was. A constant rate within a group (geometric survival).
    """
    window = activity.window_days
    first = _history_begins(engine, tables, window)
    days = next((n for n in rule.cohort_days if first and first <= tables.as_of.day - timedelta(days=n)), None)
    if days is None:
        return (Attrition(None, None, 0, 0, rule.default_attrition),)
    counted = _cohort(tables, days, activity, tiers, rule)
    grouped = counted.group_by("tier", "activity").aggregate(
        customers=counted.count(), lost=counted.lost.cast("int64").sum()
    )
    return blended(engine.arrow(grouped).to_pylist(), days, rule)


def blended(rows: Sequence[dict[str, object]], days: int, rule: SurvivalRule) -> tuple[Attrition, ...]:
    """Yearly rates from counts over `days`: (lost + k·overall) / (customers + k), as 1 − (1 − p)^(365/days)."""
    counts = {(str(r["tier"]), str(r["activity"])): (int(str(r["customers"])), int(str(r["lost"]))) for r in rows}
    customers, lost = (sum(column) for column in zip(*counts.values(), strict=True)) if counts else (0, 0)
    if not customers:
        return (Attrition(None, None, 0, 0, rule.default_attrition),)

    def yearly(share: float) -> float:
        return float(1 - (1 - min(share, 0.999)) ** (365 / days))

    k, overall = rule.prior_customers, lost / customers
    groups = (
        Attrition(tier, activity, n, gone, yearly((gone + k * overall) / (n + k)))
        for (tier, activity), (n, gone) in sorted(counts.items())
    )
    return Attrition(None, None, customers, lost, yearly(overall)), *groups


def rate_column(tier: ir.StringColumn, activity: ir.StringColumn, rates: Sequence[Attrition]) -> ir.FloatingValue:
    """The yearly rate of each row's group; the overall rate where the group had nobody."""
    overall, *groups = rates
    if not groups:
        return _real(overall.per_year)
    branches = [((tier == g.tier) & (activity == g.activity), _real(g.per_year)) for g in groups]
    return ibis.cases(*branches, else_=_real(overall.per_year))


def _real(number: float) -> ir.FloatingScalar:
    # DuckDB takes a bare 0.1 for a decimal, and Ibis, which takes it for a float64, leaves a cast out.
    return ibis.literal(repr(number)).cast("float64")


def _history_begins(engine: Engine, tables: BankTables, window: int) -> date | None:
    """The first day on which balances are known and transactions for a whole activity window before it."""
    found = []
    for table in (tables.balance_daily, tables.transaction):
        [row] = engine.arrow(table.aggregate(first=table.business_date.min())).to_pylist()
        found.append(row["first"])
    balances, moves = found
    return max(balances, moves + timedelta(days=window)) if balances and moves else None


def _cohort(
    tables: BankTables, days: int, activity: ActivityPolicy, tiers: CustomerTierPolicy, rule: SurvivalRule
) -> ir.Table:
    then, now = tables.as_of.day - timedelta(days=days), tables.as_of.day
    people = tables.customer.filter(is_open_on(tables.customer, then)).select("customer_id", "closed_on")
    assets = assets_on(tables, (then, now))
    for part in (assets, _own_transactions(tables, then, activity)):
        people = people.left_join(part, "customer_id").drop("customer_id_right")
    before, after = (people[name].cast("float64").fill_null(0.0) for name in ("aum_0", "aum_1"))
    closed = (people.closed_on <= ibis.literal(now)).fill_null(False)
    emptied = (before >= rule.minimum_aum) & (after < before * rule.kept_share)
    return people.select(
        tier=reached_tier(before, tiers), activity=activity_tier(people, activity), lost=closed | emptied
    )


def _own_transactions(tables: BankTables, then: date, activity: ActivityPolicy) -> ir.Table:
    """Own transactions in the activity window that ends with `then`, in the column the activity tier reads."""
    moves = tables.transaction
    since = then - timedelta(days=activity.window_days)
    moves = moves.filter(
        moves.initiator == "customer",
        moves.business_date > ibis.literal(since),
        moves.business_date <= ibis.literal(then),
    )
    per_account = moves.group_by("account_id").aggregate(n=moves.count())
    owned = per_account.inner_join(tables.account.select("account_id", "customer_id"), "account_id")
    own, _ = activity.features
    return owned.group_by("customer_id").aggregate(**{own: owned.n.sum().cast("float64")})
