"""Decisions by expected incremental value: the day's care calls and offers over the desks, arbitrated.

Offers go to a desk as orders of their own only for customers without a care call or an open order: to those the desk
offers them in the same talk. One cool-down holds for everything a desk decides, so that no experiment's hold-outs are
called for another's sake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.act.arbitrate.arbitrate import arbitrate
from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.act.arbitrate.parts import OFFER_EXPERIMENT, person_parts, terms_sheet, with_parts
from liuke.act.arbitrate.stored import fate_rows
from liuke.act.decide import at_desks, capacities, with_bar
from liuke.act.loop_policy import LoopPolicy
from liuke.clock import AsOf
from liuke.daily.gating import Gated
from liuke.engine import Engine
from liuke.insight.churn.score_policy import ScorePolicy
from liuke.insight.content_hash import content_hash
from liuke.track.uplift import with_uplift

_ASIDE: Final = ("bar", "in_order")


@dataclass(frozen=True, slots=True)
class Weighing:
    """What a day is weighed by. evidence: rows of track.uplift.EVIDENCE. in_order: customer_id of everybody with an
    open order.
    """

    loop: LoopPolicy
    levers: LeverPolicy
    score: ScorePolicy
    evidence: pa.Table
    in_order: pa.Table

    @property
    def salt(self) -> str:
        """Of all draws."""
        return self.levers.salt or self.loop.salt


@dataclass(frozen=True, slots=True)
class Weighed:
    """fates: CANDIDATE_FATE rows of what competed. rest: all other candidates, with loop_fate (what bars the customer,
    else null). people: customer_id, desk and the facts of a decision. All materialised.
    """

    fates: ir.Table
    rest: ir.Table
    people: ir.Table


def own_experiment(rows: ir.Table, loop: LoopPolicy) -> ir.BooleanValue:
    """Whether the row's experiment is that of the care call or of an offer."""
    return ((rows.experiment == loop.experiment) | rows.experiment.startswith(OFFER_EXPERIMENT)).fill_null(False)


def weigh_day(
    engine: Engine, gated: Gated, snapshot: ir.Table, staff: ir.Table, decisions: ir.Table, by: Weighing, as_of: AsOf
) -> Weighed:
    """Decides about everybody with a candidate over a desk's channels.

    snapshot: CUSTOMER_SNAPSHOT rows of the day. staff: as known. decisions: DECISION rows; the day's own are left out,
    so that a second run comes to the same.
    """
    people = engine.materialise(_people(engine, gated, snapshot, staff, decisions, by, as_of))
    rows = engine.materialise(_set_aside(gated.rows, people, by))
    weighed = rows.filter(rows.weighed).drop("weighed", *_ASIDE)
    off = opted_out(weighed)
    weighed = weighed.mutate(gate=ibis.ifelse(off, ibis.null("string"), weighed.gate))
    terms = engine.from_arrow(terms_sheet(gated.offers.values()))
    candidates = with_uplift(with_parts(weighed, people, terms, by.levers, by.loop), engine.from_arrow(by.evidence))
    candidates = candidates.drop("exposure", "segment")
    desks = people.filter(people.desk.notnull()).group_by("desk").aggregate(capacity=people.daily_capacity.max())
    made = arbitrate(
        engine, engine.materialise(candidates), people.select("customer_id", "desk", "automated_off"), desks,
        by.levers, as_of.day, by.salt,
    )  # fmt: skip
    version = content_hash([gated.version, by.levers.version])
    fates = fate_rows(made.fates, people.select("customer_id", "desk"), as_of.day, as_of.known_by, version)
    fates = fates.mutate(gate=ibis.ifelse(fates.rule == "automated_off", "consent", fates.gate))
    rest = rows.filter(~rows.weighed)
    barred = rest.channel.isin(list(by.levers.effort)) & ~rest.in_order
    rest = rest.mutate(loop_fate=ibis.ifelse(barred, rest.bar, ibis.null("string")))
    return Weighed(engine.materialise(fates), engine.materialise(rest.drop("weighed", *_ASIDE)), people)


def opted_out(rows: ir.Table) -> ir.BooleanValue:
    """Candidates that nothing stops but the customer's refusal of automated decisions: for a person to decide."""
    return ((rows.rule == "automated_off") & (rows.stops == 1)).fill_null(False)


def _people(
    engine: Engine, gated: Gated, snapshot: ir.Table, staff: ir.Table, decisions: ir.Table, by: Weighing, as_of: AsOf
) -> ir.Table:
    """Everybody with a candidate: desk, what bars an order, value parts, and what the gates' facts say of him."""
    before = decisions.filter(own_experiment(decisions, by.loop), decisions.as_of != ibis.literal(as_of.day))
    mine = snapshot.semi_join(gated.rows, "customer_id")
    at = with_bar(at_desks(mine, capacities(staff, by.loop), by.loop), before, by.loop, as_of.day)
    rows = person_parts(at, by.levers, by.score).left_join(gated.people, "customer_id").drop("customer_id_right")
    have = engine.from_arrow(by.in_order).distinct().mutate(in_order=ibis.literal(True))
    rows = rows.left_join(have, "customer_id").drop("customer_id_right")
    return rows.select(
        "customer_id", "branch_id", "staff_id", "desk", "daily_capacity", "bar", "tier", "score", "aum", "propensity",
        "value_kept", "exposure", "segment", contacts_30=rows.contacts_30.fill_null(0),
        automated_off=rows.automated_off.fill_null(False), in_order=rows.in_order.fill_null(False),
    )  # fmt: skip


def _set_aside(rows: ir.Table, people: ir.Table, by: Weighing) -> ir.Table:
    """Candidates with bar, in_order and weighed: over a desk's channel, no duty, nothing in the way, and for an offer
    no care call and no open order in which it can be made.
    """
    care = rows.filter(rows.source == "churn").select("customer_id").distinct().mutate(called=ibis.literal(True))
    joined = rows.left_join(people.select("customer_id", *_ASIDE), "customer_id").drop("customer_id_right")
    joined = joined.left_join(care, "customer_id").drop("customer_id_right")
    known = joined.mutate(in_order=joined.in_order.fill_null(False), called=joined.called.fill_null(False))
    desk = known.channel.isin(list(by.levers.effort)) & ~known.theme.isin(list(by.levers.duties))
    along = (known.source == "offer") & (known.called | known.in_order)
    return known.mutate(weighed=(desk & ~along & known.bar.isnull()).fill_null(False)).drop("called")
