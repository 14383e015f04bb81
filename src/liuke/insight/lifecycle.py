"""Life-cycle stage 生命周期: 潜在 → 新客 → 成长 → 成熟 → 衰退 → 沉睡 → 流失, and 回流 for those won back.

A state machine with memory: who was away must act twice to count as back, and who declines must recover most of
the fall before the decline is over, so that a customer does not flicker between stages from day to day. The first
rule that holds decides; it is stored with the day it moved the customer. Applying the machine twice to the same
facts changes nothing, so a day can be run again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, Self, get_args

import ibis
import ibis.expr.types as ir
from pydantic import Field, model_validator

from liuke.engine import Engine
from liuke.insight.activity import ActivityPolicy
from liuke.yaml_file import Document, load_yaml

Stage = Literal["prospect", "new", "growing", "mature", "declining", "dormant", "lost", "returned"]
Reason = Literal[
    "empty_and_quiet", "no_activity", "came_back", "back_recently", "too_little_to_be_back", "never_used",
    "opened_recently", "assets_falling", "activity_falling", "not_recovered", "young_relationship", "assets_rising",
    "still_rising", "steady",
]  # fmt: skip
STAGES: tuple[Stage, ...] = get_args(Stage)
REASONS: tuple[Reason, ...] = get_args(Reason)
NEEDED = ("tenure_days", "aum", "aum_mean_90", "aum_mean_180", "own_count_30", "own_count_90", "days_since_active")
"""Features the machine reads; app_days_90 too, where there is one."""


class LifecyclePolicy(Document):
    """`policies/lifecycle.yaml`. Days, shares and counts are ours and configurable.

    minimum_aum: below it a customer has no money here. substantial_aum: mean from which a change of assets counts.
    lost_days, dormant_days: without own activity (dormant: and without opening the app). returned_days: how long a
    customer who came back is called so; back_count: own transactions in 30 days that make a return. falling:
    AUM under (1 − falling) of its 90-day mean; over again from (1 − recovered). quieter, recovered_activity: the
    same for own transactions of 30 days against the monthly mean of the 60 before, when that is busy_monthly or
    more. rising, still_rising: AUM above its 180-day mean.
    """

    minimum_aum: float = Field(100, ge=0)
    substantial_aum: float = Field(10_000, ge=0)
    new_days: int = Field(90, ge=1)
    growing_days: int = Field(365, ge=1)
    dormant_days: int = Field(90, ge=1)
    lost_days: int = Field(180, ge=1)
    returned_days: int = Field(90, ge=1)
    back_count: int = Field(2, ge=1)
    falling: float = Field(0.3, gt=0, lt=1)
    recovered: float = Field(0.1, ge=0, lt=1)
    busy_monthly: float = Field(3, gt=0)
    quieter: float = Field(0.5, gt=0, lt=1)
    recovered_activity: float = Field(0.25, ge=0, lt=1)
    rising: float = Field(0.25, gt=0)
    still_rising: float = Field(0.05, ge=0)
    activity: ActivityPolicy = ActivityPolicy()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        pairs = (("new_days", "growing_days"), ("dormant_days", "lost_days"), ("recovered", "falling"),
                 ("recovered_activity", "quieter"), ("still_rising", "rising"))  # fmt: skip
        for low, high in pairs:
            if getattr(self, low) >= getattr(self, high):
                raise ValueError(f"{low} must be less than {high}")
        return self


def read_lifecycle_policy(path: Path) -> LifecyclePolicy:
    """The policy at `path`, or the defaults when there is no such file."""
    return load_yaml(path, LifecyclePolicy) if path.is_file() else LifecyclePolicy()


@dataclass(frozen=True, slots=True)
class StageState:
    """A customer's stage, the first day it was seen, and the rule that moved the customer there."""

    stage: Stage
    since: date
    reason: Reason


@dataclass(frozen=True, slots=True)
class StageFacts:
    """One customer on one day: features by their names; days_since_active None = not within its look-back."""

    tenure_days: float
    aum: float
    aum_mean_90: float
    aum_mean_180: float
    own_count_30: float
    own_count_90: float
    days_since_active: float | None
    app_days_90: float | None = None


def transition(
    state: StageState | None, facts: StageFacts, day: date, policy: LifecyclePolicy
) -> tuple[StageState, Reason]:
    """The stage on `day` and the rule that held; since and the stored reason change only with the stage.

    state: of an earlier day or the same, None for a customer never seen. Pure; the oracle of `next_stages`.
    """
    stage, reason = _rule(state, facts, day, policy)
    if state is not None and state.stage == stage:
        return state, reason
    return StageState(stage, day, reason), reason


def _rule(state: StageState | None, f: StageFacts, day: date, p: LifecyclePolicy) -> tuple[Stage, Reason]:
    was = state.stage if state else None
    quiet = f.tenure_days if f.days_since_active is None else f.days_since_active
    funded, away = f.aum >= p.minimum_aum, was in ("dormant", "lost")
    unused = f.days_since_active is None and not funded
    fresh = state is not None and was == "returned" and (day - state.since).days < p.returned_days
    rules: list[tuple[bool, Stage, Reason]] = [
        (unused and (was == "prospect" or (was is None and f.tenure_days < p.lost_days)), "prospect", "never_used"),
        (not funded and quiet >= p.lost_days, "lost", "empty_and_quiet"),
        (quiet >= p.dormant_days and not f.app_days_90, "dormant", "no_activity"),
        (away and f.own_count_30 >= p.back_count, "returned", "came_back"),
        (away, "dormant", "too_little_to_be_back"),
        (fresh, "returned", "back_recently"),
        (f.tenure_days < p.new_days, "new", "opened_recently"),
        *_in_use(was, f, p),
    ]
    return next((stage, reason) for holds, stage, reason in rules if holds)


def _in_use(was: Stage | None, f: StageFacts, p: LifecyclePolicy) -> list[tuple[bool, Stage, Reason]]:
    prior = (f.own_count_90 - f.own_count_30) / 2
    substantial, busy = f.aum_mean_90 >= p.substantial_aum, prior >= p.busy_monthly
    weak = substantial and f.aum < (1 - p.recovered) * f.aum_mean_90
    quiet = busy and f.own_count_30 < (1 - p.recovered_activity) * prior
    large = f.aum >= p.substantial_aum
    still = large and was == "growing" and f.aum >= (1 + p.still_rising) * f.aum_mean_180
    return [
        (substantial and f.aum <= (1 - p.falling) * f.aum_mean_90, "declining", "assets_falling"),
        (busy and f.own_count_30 <= (1 - p.quieter) * prior, "declining", "activity_falling"),
        (was == "declining" and (weak or quiet), "declining", "not_recovered"),
        (f.tenure_days < p.growing_days, "growing", "young_relationship"),
        (large and f.aum >= (1 + p.rising) * f.aum_mean_180, "growing", "assets_rising"),
        (still, "growing", "still_rising"),
        (True, "mature", "steady"),
    ]


def next_stages(features: ir.Table, previous: ir.Table | None, day: date, policy: LifecyclePolicy) -> ir.Table:
    """`transition` for all: customer_id, stage, stage_since, stage_reason of every row of `features`.

        customer_id  stage      stage_since  stage_reason
        C1           declining  2026-03-28   assets_falling

    features: rows of `day` only. previous: the same four columns as of an earlier day or the same, customers
    unknown there begin anew. Lazy.
    """
    rows = features.select(
        "customer_id", *NEEDED, app_days_90=features.app_days_90 if "app_days_90" in features.columns else 0.0
    )
    if previous is None:
        rows = rows.mutate(stage=ibis.null("string"), stage_since=ibis.null("date"), stage_reason=ibis.null("string"))
    else:
        kept = previous.select("customer_id", "stage", "stage_since", "stage_reason")
        rows = rows.left_join(kept, "customer_id").drop("customer_id_right")
    rules = _rules(rows, day, policy)
    stage = ibis.cases(*[(holds, name) for holds, name, _ in rules], else_="mature")
    reason = ibis.cases(*[(holds, why) for holds, _, why in rules], else_="steady")
    rows = rows.select("customer_id", "stage", "stage_since", "stage_reason", _stage=stage, _reason=reason)
    stays = (rows["_stage"] == rows.stage).fill_null(False)
    return rows.select(
        "customer_id",
        stage=rows["_stage"],
        stage_since=ibis.ifelse(stays, rows.stage_since, ibis.literal(day)),
        stage_reason=ibis.ifelse(stays, rows.stage_reason, rows["_reason"]),
    )


def _rules(t: ir.Table, day: date, p: LifecyclePolicy) -> list[tuple[ir.BooleanValue, Stage, Reason]]:
    was = t.stage.fill_null("")
    quiet, funded = t.days_since_active.fill_null(t.tenure_days), t.aum >= p.minimum_aum
    unused = t.days_since_active.isnull() & ~funded
    away, returned = was.isin(("dormant", "lost")), was == "returned"
    fresh = ibis.literal(day).delta(t.stage_since, unit="day") < p.returned_days
    first: list[tuple[ir.BooleanValue, Stage, Reason]] = [
        (unused & ((was == "prospect") | ((was == "") & (t.tenure_days < p.lost_days))), "prospect", "never_used"),
        (~funded & (quiet >= p.lost_days), "lost", "empty_and_quiet"),
        ((quiet >= p.dormant_days) & (t.app_days_90.fill_null(0.0) == 0), "dormant", "no_activity"),
        (away & (t.own_count_30 >= p.back_count), "returned", "came_back"),
        (away, "dormant", "too_little_to_be_back"),
        ((returned & fresh).fill_null(False), "returned", "back_recently"),
        (t.tenure_days < p.new_days, "new", "opened_recently"),
    ]
    return first + _in_use_rules(t, was, p)


def _in_use_rules(t: ir.Table, was: ir.StringValue, p: LifecyclePolicy) -> list[tuple[ir.BooleanValue, Stage, Reason]]:
    prior = (t.own_count_90 - t.own_count_30) / 2
    substantial, busy = t.aum_mean_90 >= p.substantial_aum, prior >= p.busy_monthly
    weak = substantial & (t.aum < (1 - p.recovered) * t.aum_mean_90)
    quiet = busy & (t.own_count_30 < (1 - p.recovered_activity) * prior)
    large = t.aum >= p.substantial_aum
    return [
        (substantial & (t.aum <= (1 - p.falling) * t.aum_mean_90), "declining", "assets_falling"),
        (busy & (t.own_count_30 <= (1 - p.quieter) * prior), "declining", "activity_falling"),
        ((was == "declining") & (weak | quiet), "declining", "not_recovered"),
        (t.tenure_days < p.growing_days, "growing", "young_relationship"),
        (large & (t.aum >= (1 + p.rising) * t.aum_mean_180), "growing", "assets_rising"),
        ((was == "growing") & large & (t.aum >= (1 + p.still_rising) * t.aum_mean_180), "growing", "still_rising"),
    ]


def stages(
    engine: Engine, features: ir.Table, days: Sequence[date], policy: LifecyclePolicy, previous: ir.Table | None = None
) -> ir.Table:
    """The stage on the last of `days`, walked over all of them: materialised, in the columns of `next_stages`.

    features: rows of those as-of days (`as_of`). Give the day alone with the last run's stages as `previous`, or
    past month-ends and the day without any, to begin with.
    """
    made = previous
    for day in sorted(days):
        found = engine.materialise(next_stages(features.filter(features.as_of == ibis.literal(day)), made, day, policy))
        if made is not None and made is not previous:
            engine.release(made)
        made = found
    assert made is not None
    return made
