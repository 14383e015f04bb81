"""Who enters a campaign today: its audience, less those who are in already, each drawn to an arm, as candidates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.act.campaigns.catalogue import Campaign, CampaignArm, treatment_of
from liuke.act.candidate import CANDIDATE
from liuke.act.holdout import drawn
from liuke.act.offers.offer_policy import OfferRule
from liuke.act.offers.propose import offered_risk, rules_met
from liuke.engine import Engine
from liuke.insight.rules.references import Resolved

CALLED: Final = pa.schema([("campaign", pa.string()), ("customer_id", pa.string())])
"""Who came into the segment or was matched by the rule of a campaign that waits for that."""
ENTRANT: Final = ("campaign", "arm", "held_out", "cost_cents", "draw", "order_draw")
"""What `entrants` adds to CANDIDATE. order_draw: who goes first when not all can."""
_FOR_EVER: Final = 1_000_000
_TERMS: Final = pa.schema(
    [
        ("campaign", pa.string()), ("experiment", pa.string()), ("theme", pa.string()), ("is_called", pa.bool_()),
        ("holdout_share", pa.float64()), ("again_after", pa.int64()),
    ]
)  # fmt: skip
_ARMS: Final = pa.schema(
    [
        ("campaign", pa.string()), ("arm", pa.string()), ("treatment", pa.string()), ("low", pa.float64()),
        ("high", pa.float64()), ("channel", pa.string()), ("message_class", pa.string()), ("purpose", pa.string()),
        ("offer_id", pa.string()), ("offered_risk", pa.int64()), ("cost_cents", pa.int64()),
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """Campaigns at work on a day. rules: of policies/offers.yaml. product_risk: 1..5 by product. salt: of the draws."""

    campaigns: Sequence[Campaign]
    rules: Sequence[OfferRule]
    product_risk: Mapping[str, int]
    day: date
    salt: str


def questions(campaigns: Sequence[Campaign], rules: Iterable[OfferRule]) -> dict[str, Resolved]:
    """What is asked of everybody: campaign_CODE, its audience; offer_CODE, that of an arm's offer; rule_CODE."""
    offers = {arm.offer.code: arm.offer for c in campaigns for arm in c.arms if arm.offer}
    asked = {f"campaign_{c.code}": c.audience for c in campaigns if c.audience is not None}
    asked |= {f"offer_{code}": offer.audience for code, offer in offers.items()}
    return asked | {f"rule_{r.code}": r.rule for r in rules if set(r.offers) & set(offers)}


def entrants(engine: Engine, plan: Plan, found: ir.Table, called: ir.Table, entered: ir.Table) -> ir.Table:
    """CANDIDATE rows and ENTRANT columns of everybody who may enter a campaign on the day, one row per campaign.

    found: customer_id, the answers to `questions`, and lacks_FACT of facts that arms ask for (`CampaignArm.asks_for`);
    the arm is not applicable to who lacks one. called: CALLED rows. entered: campaign, customer_id, last_on of former
    entries. Arm, hold-out and order are three independent draws of the customer.
    """
    campaigns = plan.campaigns
    terms = engine.from_arrow(pa.Table.from_pylist([_terms(c) for c in campaigns], schema=_TERMS))
    arms = engine.from_arrow(pa.Table.from_pylist(_arms(campaigns, plan.product_risk), schema=_ARMS))
    rules = [r for r in plan.rules if f"rule_{r.code}" in found.columns]
    rows = _meant(found, campaigns)
    asked = [n for n in found.columns if n.startswith(("offer_", "rule_"))]
    told = called.select("campaign", "customer_id").distinct().mutate(was_called=True)
    joined = rows.left_join(told, ["campaign", "customer_id"]).drop("campaign_right", "customer_id_right")
    joined = joined.left_join(entered, ["campaign", "customer_id"]).drop("campaign_right", "customer_id_right")
    each = joined.inner_join(terms, "campaign")
    since = ibis.literal(plan.day).delta(each.last_on, unit="day")
    may = each.filter(
        each.was_called.fill_null(False) | ~each.is_called,
        each.last_on.isnull() | (since >= each.again_after),
    )
    at = may.mutate(here=drawn(may.customer_id, may.experiment + "/arm", plan.salt)).inner_join(arms, "campaign")
    return _candidates(at.filter(at.here >= at.low, at.here < at.high), asked, rules, plan)


def _meant(found: ir.Table, campaigns: Sequence[Campaign]) -> ir.Table:
    """One row per campaign and customer of its audience; a campaign without one means everybody."""
    every = found.mutate(**{f"campaign_{c.code}": ibis.literal(True) for c in campaigns if c.audience is None})
    flags = [f"campaign_{c.code}" for c in campaigns]
    long = every.pivot_longer(flags, names_to="asked", values_to="meant")
    return long.filter(long.meant).mutate(campaign=long.asked.substr(len("campaign_"))).drop("asked", "meant")


def _candidates(rows: ir.Table, asked: Sequence[str], rules: Sequence[OfferRule], plan: Plan) -> ir.Table:
    salt, met = plan.salt, rules_met(rows, rules)
    mine = [((rows.offer_id == name.removeprefix("offer_")).fill_null(False), ~rows[name])
            for name in asked if name.startswith("offer_")]  # fmt: skip
    outside = ibis.or_(*(about & out for about, out in mine)) if mine else ibis.literal(False)
    lacking = _lacking(rows, plan.campaigns)
    lacks = lacking.notnull()
    held = drawn(rows.customer_id, rows.experiment, salt)
    return rows.select(
        "customer_id", "treatment",
        source=ibis.literal("campaign"),
        source_id=rows.campaign,
        theme=rows.theme,
        message_class=rows.message_class,
        purpose=rows.purpose,
        channel=rows.channel,
        offer_id=rows.offer_id,
        offered_risk=rows.offered_risk,
        eligible=met["eligible"],
        applicable=met["applicable"] & ~outside & ~lacks,
        unmet=ibis.coalesce(met["unmet"], ibis.ifelse(outside, "audience", ibis.null("string")), lacking),
        campaign=rows.campaign,
        arm=rows.arm,
        held_out=held < rows.holdout_share,
        cost_cents=rows.cost_cents,
        draw=held,
        order_draw=drawn(rows.customer_id, rows.experiment + "/order", salt),
    ).select(*CANDIDATE.names, *ENTRANT)  # fmt: skip


def _lacking(rows: ir.Table, campaigns: Sequence[Campaign]) -> ir.Value:
    """The first fact that the arm's message asks for and the customer lacks; null when there is none."""
    asking = [(treatment_of(c.code, arm.code), name) for c in campaigns for arm in c.arms for name in arm.asks_for]
    cases = [((rows.treatment == treatment) & rows[f"lacks_{name}"], name) for treatment, name in asking]
    return ibis.cases(*cases, else_=ibis.null("string")) if cases else ibis.null("string")


def _arms(campaigns: Sequence[Campaign], product_risk: Mapping[str, int]) -> list[dict[str, object]]:
    return [_arm(campaign, arm, product_risk) for campaign in campaigns for arm in campaign.arms]


def _arm(campaign: Campaign, arm: CampaignArm, product_risk: Mapping[str, int]) -> dict[str, object]:
    return {
        "campaign": campaign.code, "arm": arm.code, "treatment": treatment_of(campaign.code, arm.code), "low": arm.low,
        "high": arm.high, "channel": arm.channel, "message_class": arm.message_class, "purpose": arm.purpose,
        "offer_id": arm.offer.code if arm.offer else None,
        "offered_risk": offered_risk(arm.offer, product_risk) if arm.offer else None, "cost_cents": arm.cost_cents,
    }  # fmt: skip


def _terms(campaign: Campaign) -> dict[str, object]:
    spec = campaign.spec
    return {
        "campaign": campaign.code, "experiment": campaign.experiment, "theme": spec.theme,
        "is_called": spec.kind in ("on_segment_entry", "on_trigger"), "holdout_share": spec.holdout_share,
        "again_after": {"never": _FOR_EVER, "always": 1, "after": spec.re_entry_days}[spec.re_entry],
    }  # fmt: skip
