"""Those who enter as rows of the decision table, where measurement reads them, and every candidate's fate."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.act.campaigns.catalogue import Campaign, experiment_of
from liuke.act.campaigns.cutting import Cut
from liuke.act.withheld import Withheld
from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.tables import DECISION


def decisions_of(
    engine: Engine, rows: ir.Table, campaigns: Sequence[Campaign], people: ir.Table, as_of: AsOf
) -> ir.Table:
    """DECISION rows of those who enter, in the columns' order.

    rows: of `Cut.rows`. people: customer_id, tier, score, aum, branch_id, staff_id. The loop id is that of
    act/decide.py: one decision per experiment, customer and day, however often the day is run.
    """
    joined = rows.inner_join(engine.from_arrow(_terms(campaigns)), "campaign")
    told = joined.inner_join(
        people.select("customer_id", "tier", "score", "aum", "branch_id", "staff_id"), "customer_id"
    )
    day = as_of.day.isoformat()
    digest = (told.experiment + "|" + told.customer_id + f"|{day}").hexdigest("sha256")
    fate = ibis.ifelse(told.held_out, "held_out", "chosen")
    nothing = ibis.ifelse(told.held_out, "chosen", "not_chosen")
    return told.select(
        loop_id=ibis.literal("L") + digest.substr(0, 16),
        as_of=ibis.literal(as_of.day),
        decided_at=ibis.literal(as_of.known_by),
        customer_id=told.customer_id,
        experiment=told.experiment,
        arm=ibis.ifelse(told.held_out, "holdout", "treated"),
        draw=told.draw,
        holdout_share=told.holdout_share,
        treatment=ibis.ifelse(told.held_out, ibis.null("string"), told.treatment),
        candidates=ibis.literal('[{"treatment":"') + told.treatment + '","fate":"' + fate
        + '","gates":[]},{"treatment":"none","fate":"' + nothing + '","gates":[]}]',
        tier=told.tier,
        score=told.score,
        aum=told.aum,
        branch_id=told.branch_id,
        staff_id=told.staff_id,
        policy_version=told.text_version,
    ).select(*DECISION.names)  # fmt: skip


def fated(
    engine: Engine, judged: ir.Table, done: Cut, campaigns: Sequence[Campaign], kept_out: ir.Table, held: Withheld
) -> ir.Table:
    """Every candidate with its fate, beaten_by, experiment, draw, holdout_share, cost and text_version beside what the
    gates found. kept_out: customer_id, campaign, global_draw of those whom the global hold-out `held` keeps out.
    """
    keys = ["customer_id", "campaign"]
    took = done.rows.select(*keys, taken=ibis.literal(True))
    joined = judged.left_join(took, keys).drop("customer_id_right", "campaign_right")
    joined = joined.left_join(done.beaten, keys).drop("customer_id_right", "campaign_right")
    joined = joined.left_join(kept_out, keys).drop("customer_id_right", "campaign_right")
    rows = joined.inner_join(engine.from_arrow(_terms(campaigns)), "campaign")
    withheld = rows.global_draw.notnull()
    fate = ibis.cases(
        (rows.gate == "eligibility", "not_eligible"),
        (rows.gate == "applicability", "not_applicable"),
        (rows.gate.notnull(), "gated"),
        (withheld, "held_out"),
        (rows.taken.fill_null(False) & rows.held_out, "held_out"),
        (rows.taken.fill_null(False), "chosen"),
        (rows.beaten_by.notnull(), "beaten"),
        else_="capacity",
    )
    return rows.mutate(
        fate=fate,
        cost=rows.cost_cents / 100,
        experiment=ibis.ifelse(withheld, held.experiment, rows.experiment),
        draw=ibis.ifelse(withheld, rows.global_draw, rows.draw),
        holdout_share=ibis.ifelse(withheld, held.share, rows.holdout_share),
    ).drop("global_draw")


def _terms(campaigns: Sequence[Campaign]) -> pa.Table:
    return pa.table({
        "campaign": pa.array([c.code for c in campaigns], pa.string()),
        "experiment": pa.array([experiment_of(c.code) for c in campaigns], pa.string()),
        "holdout_share": pa.array([c.spec.holdout_share for c in campaigns], pa.float64()),
        "text_version": pa.array([c.version for c in campaigns], pa.string()),
    })  # fmt: skip
