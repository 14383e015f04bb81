"""The day's decisions, made once and appended to the decision table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Q

from liuke.act.arbitrate.decided import decision_rows
from liuke.act.arbitrate.lever_policy import read_lever_policy
from liuke.act.decide import capacities, fates, new_decisions, with_open_complaints
from liuke.act.loop_policy import LoopPolicy
from liuke.act.withheld import Withheld
from liuke.clock import AsOf
from liuke.daily.gating import Gated, care_passed
from liuke.daily.warning import Warned
from liuke.daily.weighing import Weighing, own_experiment, weigh_day
from liuke.engine import Engine
from liuke.insight.churn.score_policy import read_score_policy
from liuke.insight.known import BankTables
from liuke.state.models import WorkOrder
from liuke.tables import DECISION, OUTCOME
from liuke.track.outcomes import read_outcome_policy
from liuke.track.uplift import evidence
from liuke.wiring import House


@dataclass(frozen=True, slots=True)
class Decided:
    """New decisions of the run, and those of them held out. rest: candidates that were not weighed, with loop_fate and
    the draw where one was made; weighed: CANDIDATE_FATE rows of those that were. Both None when nobody was decided
    about.
    """

    decided: int
    held_out: int
    rest: ir.Table | None = None
    weighed: ir.Table | None = None


NONE = Decided(0, 0)
"""What a day without decisions has."""


def decide_day(
    house: House, engine: Engine, tables: BankTables, warned: Warned, gated: Gated, policy: LoopPolicy
) -> Decided:
    """Appends the decisions the day still lacks. Two runs at once store them once: both start at one version."""
    if policy.decide_by == "score":
        return _by_score(house, engine, tables, warned, gated, policy)
    return _by_value(house, engine, tables, warned, gated, policy)


def _by_score(
    house: House, engine: Engine, tables: BankTables, warned: Warned, gated: Gated, policy: LoopPolicy
) -> Decided:
    """Care calls alone: of those whom the gates let through, by tier, score and assets."""
    lake, as_of = house.lake, tables.as_of
    version, before = lake.version(DECISION), lake.scan(engine, DECISION)
    allowed = warned.snapshot.semi_join(care_passed(gated.rows), "customer_id")
    held = read_lever_policy(house.policy("levers")).withheld(policy.salt)
    kept_out = engine.materialise(held.among(allowed, policy.treatment))
    people = with_open_complaints(allowed.anti_join(kept_out, "customer_id"), warned.signals)
    rows = fates(people, before, capacities(tables.staff, policy), policy, as_of)
    care = engine.materialise(rows.select("customer_id", "fate"))
    made = new_decisions(engine, people, before, tables.staff, policy, as_of, as_of.known_by)
    counts = _store(house, made, policy, as_of.day, version)
    told = _with_care(gated.rows, care, lake.scan(engine, DECISION), policy, as_of)
    return Decided(*counts, engine.materialise(_with_withheld(told, kept_out, held)))


def _with_care(rows: ir.Table, care: ir.Table, decided: ir.Table, policy: LoopPolicy, as_of: AsOf) -> ir.Table:
    """Candidates with loop_fate and the draw of the care call; who was decided stands in the decision table.

    care: customer_id, fate of those whom the care call's gates let through, before the day's decisions were made.
    """
    today = decided.filter(decided.as_of == ibis.literal(as_of.day), decided.experiment == policy.experiment)
    drawn = {"drawn_in": today.experiment, "drawn": today.draw, "drawn_share": today.holdout_share}
    arms = today.select("customer_id", arm=ibis.cases((today.arm == "holdout", "held_out"), else_="chosen"), **drawn)
    joined = rows.left_join(care.select("customer_id", care_fate="fate"), "customer_id").drop("customer_id_right")
    joined = joined.left_join(arms, "customer_id").drop("customer_id_right")
    mine = joined.source == "churn"

    def of_care(value: ir.Value) -> ir.Value:
        return ibis.ifelse(mine, value, ibis.null(value.type()))

    told = ibis.coalesce(joined.arm, joined.care_fate)
    return joined.select(
        *rows.columns, loop_fate=of_care(told), experiment=of_care(joined.drawn_in), draw=of_care(joined.drawn),
        holdout_share=of_care(joined.drawn_share),
    )  # fmt: skip


def _with_withheld(rows: ir.Table, kept_out: ir.Table, held: Withheld) -> ir.Table:
    """The care calls of the global hold-out have its draw and are held out."""
    joined = rows.left_join(kept_out, "customer_id").drop("customer_id_right")
    mine = (joined.source == "churn") & joined.global_draw.notnull()
    return joined.mutate(
        loop_fate=ibis.ifelse(mine, "held_out", joined.loop_fate),
        experiment=ibis.ifelse(mine, held.experiment, joined.experiment),
        draw=ibis.ifelse(mine, joined.global_draw, joined.draw),
        holdout_share=ibis.ifelse(mine, held.share, joined.holdout_share),
    ).drop("global_draw")


def _by_value(
    house: House, engine: Engine, tables: BankTables, warned: Warned, gated: Gated, policy: LoopPolicy
) -> Decided:
    """Care calls and offers, by what they are expected to bring. A day that was decided is decided no second time."""
    lake, as_of = house.lake, tables.as_of
    version, before = lake.version(DECISION), lake.scan(engine, DECISION)
    by = weighing_of(house, engine, policy, as_of)
    found = weigh_day(engine, gated, warned.snapshot, tables.staff, before, by, as_of)
    today = before.filter(own_experiment(before, policy), before.as_of == ibis.literal(as_of.day))
    if engine.count(today.limit(1)):
        return Decided(0, 0, found.rest, found.fates)
    made = decision_rows(engine, found.fates, found.people, own_experiment(found.fates, policy))
    counts = _store(house, made, policy, as_of.day, version)
    return Decided(*counts, found.rest, found.fates)


def weighing_of(house: House, engine: Engine, policy: LoopPolicy, as_of: AsOf) -> Weighing:
    """What is known by the as-of day of effects, and who had an open order when all this was known."""
    decisions, outcomes = house.lake.scan(engine, DECISION), house.lake.scan(engine, OUTCOME)
    told = decisions.mutate(segment=decisions.tier, exposure=decisions.score)
    horizon = read_outcome_policy(house.policy("outcome")).primary
    still = Q(closed_at__isnull=True) | Q(closed_at__gte=as_of.known_by)
    have = WorkOrder.objects.filter(still, created_at__lt=as_of.known_by).values_list("customer_id", flat=True)
    return Weighing(
        policy,
        read_lever_policy(house.policy("levers")),
        read_score_policy(house.policy("score")),
        evidence(engine, told, outcomes, horizon, as_of),
        pa.table({"customer_id": pa.array(have, pa.string())}),
    )


def _store(house: House, made: pa.Table, policy: LoopPolicy, day: date, version: int | None) -> tuple[int, int]:
    """Decided, held out."""
    if made.num_rows == 0:
        return 0, 0
    house.lake.append(DECISION, made, commit_id=f"decide:{policy.experiment}:{day}:v{version}")
    return made.num_rows, int(pc.sum(pc.equal(made["arm"], "holdout")).as_py())
