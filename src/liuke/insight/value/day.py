"""Customer value of all customers on one day: the rows of CUSTOMER_VALUE."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.errors import YourMistake, did_you_mean
from liuke.insight import lifecycle
from liuke.insight.activity import activity_tier
from liuke.insight.customer_tier import CustomerTierPolicy, reached_tier, read_tier_policy
from liuke.insight.known import BankTables
from liuke.insight.lifecycle import LifecyclePolicy, read_lifecycle_policy, stages
from liuke.insight.monthly_aum import month_of
from liuke.insight.value import dealings as deals
from liuke.insight.value.clv import margin_columns, worth_columns
from liuke.insight.value.indices import loyalty_parts, stickiness_parts, weighted, weights_of
from liuke.insight.value.rfm import rfm
from liuke.insight.value.standing import standing
from liuke.insight.value.survival import Attrition, attrition, rate_column
from liuke.insight.value.value_policy import ValuePolicy, read_value_policy
from liuke.tables.value import CUSTOMER_VALUE

EVERYBODY = "all"
"""The attrition group of whoever belongs to a group without a past."""
_TYPES = {
    c.name: {"int": "int64", "float": "float64"}[c.kind] for c in CUSTOMER_VALUE.columns if c.kind in ("int", "float")
}


@dataclass(frozen=True, slots=True)
class ValuePolicies:
    """The three policies that say what value is: lifecycle.yaml, tiers.yaml, value.yaml."""

    lifecycle: LifecyclePolicy = field(default_factory=LifecyclePolicy)
    tiers: CustomerTierPolicy = field(default_factory=CustomerTierPolicy)
    value: ValuePolicy = field(default_factory=ValuePolicy)

    @property
    def features(self) -> tuple[str, ...]:
        """Features that must be built for it; app_days_<window> are read as well where the bank delivers events."""
        own, _ = self.lifecycle.activity.features
        rule = self.value.rfm
        more = (own, f"own_count_{rule.frequency_days}", f"aum_mean_{rule.monetary_days}")
        return tuple(dict.fromkeys((*lifecycle.NEEDED, *more)))

    @property
    def optional_features(self) -> tuple[str, ...]:
        """Features read where they exist."""
        return tuple(dict.fromkeys(("app_days_90", self.lifecycle.activity.features[1])))


def read_value_policies(path: Callable[[str], Path]) -> ValuePolicies:
    """The three files, each by its name without the ending (`House.policy`); defaults where a file is missing."""
    return ValuePolicies(
        read_lifecycle_policy(path("lifecycle")), read_tier_policy(path("tiers")), read_value_policy(path("value"))
    )


def value_day(
    engine: Engine,
    tables: BankTables,
    features: ir.Table,
    policies: ValuePolicies,
    *,
    scores: ir.Table | None = None,
    previous: ir.Table | None = None,
) -> ir.Table:
    """CUSTOMER_VALUE rows of the as-of day, one per row of `features` of that day, in column order; materialised.

    features: `as_of`, `customer_id`, the columns named by `policies.features`; rows of the day and, on a first
    run, of past month-ends to walk the life cycle over. scores: customer_id, probability of leaving within
    `clv.score_days`. previous: CUSTOMER_VALUE as stored by the last run; stages and tiers go on from it, and the
    attrition rates, counted once a month, are kept. Rows of a later day are not looked at (a past day run again is
    computed from the start), and rows of the same day change nothing (a second run gives the same).

    Raises YourMistake naming the first feature that is missing.
    """
    day = tables.as_of.day
    _check(features, policies)
    last = _as_of(engine, previous, day)
    earlier = previous if last else None
    rows = _gathered(engine, tables, features, policies, earlier)
    known = _kept_rates(engine, previous) if previous is not None and last and month_of(last) == month_of(day) else ()
    activity = policies.lifecycle.activity
    rates = known or attrition(engine, tables, policies.tiers, activity, policies.value.survival)
    rows = engine.layer(_with_scores(rows, scores).mutate(**_group_columns(rows, rates, policies)))
    # A layer first, so that the casts see the engine's own types: Ibis leaves out casts it takes for needless.
    found = engine.layer(_columns(rows, policies, day).select(*CUSTOMER_VALUE.names))
    return engine.materialise(found.cast(_TYPES))


def _check(features: ir.Table, policies: ValuePolicies) -> None:
    missing = [name for name in policies.features if name not in features.columns]
    if missing:
        raise YourMistake(
            f"customer value needs the feature '{missing[0]}'; {did_you_mean(missing[0], features.columns)}",
            expected=f"features {', '.join(policies.features)}",
            then="deliver the tables they are made from (transaction, balance_daily), or build them for the day",
        )


def _as_of(engine: Engine, previous: ir.Table | None, day: date) -> date | None:
    """The day of the stored rows when they can be gone on from, None when there are none or they are later."""
    if previous is None:
        return None
    [row] = engine.arrow(previous.aggregate(last=previous.as_of.max())).to_pylist()
    last: date | None = row["last"]
    return last if last and last <= day else None


def _gathered(
    engine: Engine, tables: BankTables, features: ir.Table, policies: ValuePolicies, earlier: ir.Table | None
) -> ir.Table:
    """Everything known about each customer of the day, one wide row; materialised."""
    day, rule = tables.as_of.day, policies.value.loyalty
    today = features.filter(features.as_of == ibis.literal(day))
    optional = [name for name in policies.optional_features if name in features.columns]
    known = today.select("customer_id", *policies.features, *optional)
    days = [day] if earlier is not None else _days(engine, features, day)
    parts = (
        stages(engine, features, days, policies.lifecycle, earlier),
        standing(engine, tables, policies.tiers, earlier),
        rfm(engine, known, policies.value.rfm),
        deals.dealings(tables),
        deals.matured(tables, deals.DAYS).drop("first_end"),
        deals.renewals(tables, rule.look_back_days, rule.renewal_days),
        deals.recommendation(tables, rule.look_back_days),
        deals.product_count(tables),
    )
    joined = known
    for part in parts:
        joined = joined.left_join(part, "customer_id").drop("customer_id_right")
    return engine.materialise(joined)


def _days(engine: Engine, features: ir.Table, day: date) -> list[date]:
    found = engine.arrow(features.filter(features.as_of <= ibis.literal(day)).select("as_of").distinct())
    return sorted({*found["as_of"].to_pylist(), day})


def _kept_rates(engine: Engine, previous: ir.Table) -> tuple[Attrition, ...]:
    """The rates in the stored rows; the overall one, when nobody has it, as their mean over customers."""
    grouped = previous.group_by("attrition_group").aggregate(
        customers=previous.count(), per_year=previous.attrition_year.max()
    )
    rows = engine.arrow(grouped).to_pylist()
    whole = sum(r["customers"] for r in rows)
    named = {r["attrition_group"]: r["per_year"] for r in rows}
    overall = named.pop(EVERYBODY, None)
    if overall is None:
        overall = sum(r["customers"] * r["per_year"] for r in rows) / whole
    groups = (Attrition(*_halves(name), 0, 0, rate) for name, rate in sorted(named.items()))
    return Attrition(None, None, 0, 0, overall), *groups


def _halves(group: str) -> tuple[str, str]:
    tier, _, activity = group.partition("/")
    return tier, activity


def _with_scores(rows: ir.Table, scores: ir.Table | None) -> ir.Table:
    if scores is None:
        return rows.mutate(probability=ibis.null("float64"))
    found = scores.select("customer_id", "probability")
    return rows.left_join(found, "customer_id").drop("customer_id_right")


def _group_columns(t: ir.Table, rates: Sequence[Attrition], policies: ValuePolicies) -> Mapping[str, ir.Value]:
    """Group by AUM of the day and own transactions, as the past cohort was grouped."""
    tier = reached_tier(t.aum.fill_null(0.0), policies.tiers)
    activity = activity_tier(t, policies.lifecycle.activity, with_app=False)
    has_past = [(tier == g.tier) & (activity == g.activity) for g in rates[1:]]
    group = ibis.ifelse(ibis.or_(*has_past), tier + "/" + activity, EVERYBODY) if has_past else ibis.literal(EVERYBODY)
    return {"attrition_group": group, "attrition_year": rate_column(tier, activity, rates)}


def _columns(t: ir.Table, policies: ValuePolicies, day: date) -> ir.Table:
    rule = policies.value
    worth, year = worth_columns(t.attrition_year, t.probability, rule.clv)
    t = t.mutate(
        as_of=ibis.literal(day),
        activity_tier=activity_tier(t, policies.lifecycle.activity),
        tier_notice=t.tier_notice.fill_null(False),
        survival_year=year,
        _worth=worth,
        **margin_columns(t, rule.clv.rates),
        **{f"stickiness_{n}": part for n, part in stickiness_parts(t, rule.stickiness).items()},
        **{f"loyalty_{n}": part for n, part in loyalty_parts(t, rule.loyalty).items()},
    )
    return t.mutate(
        clv=t.margin_year / 12.0 * t["_worth"],
        stickiness=_index(t, "stickiness", weights_of(rule.stickiness)),
        loyalty=_index(t, "loyalty", weights_of(rule.loyalty)),
    )


def _index(t: ir.Table, name: str, weights: Mapping[str, float]) -> ir.FloatingValue:
    return weighted({part: t[f"{name}_{part}"] for part in weights}, weights)
