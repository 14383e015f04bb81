"""Work orders of what campaigns decided for a relationship manager's desk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import ibis.expr.types as ir

from liuke.act.campaigns.catalogue import Campaign, CampaignArm, treatment_of
from liuke.act.loop_policy import LoopPolicy
from liuke.act.routing.route import Wants
from liuke.act.routing_policy import read_routing_policy
from liuke.act.workorder import open_order
from liuke.daily.ordering import order_facts, recently_treated
from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.state.actions.open_orders import open_orders
from liuke.state.desks import Proposal
from liuke.state.load import CAMPAIGN, OrderFacts
from liuke.wiring import House

_PERSON = ("name", "bank_tier", "opened_on", "aum_30")


def open_campaign_orders(
    house: House,
    engine: Engine,
    tables: BankTables,
    people: ir.Table,
    campaigns: Mapping[str, Campaign],
    loop: LoopPolicy,
) -> int:
    """Opens an order for each treated decision of the last days that has none; returns how many were opened or joined
    to an open order of the customer and theme.
    """
    arms = {
        treatment_of(c.code, arm.code): (c, arm) for c in campaigns.values() for arm in c.arms if not arm.is_sent
    }  # fmt: skip
    if not arms:
        return 0
    recent = recently_treated(house, engine, tables.as_of, loop.order_valid_days)
    mine = recent.filter(recent.treatment.isin(list(arms)))
    rows = mine.inner_join(people.select("customer_id", *_PERSON), "customer_id").order_by("loop_id")
    told = (row for batch in engine.batches(rows) for row in batch.to_pylist())
    done = open_orders(_proposals(told, arms, house, loop, tables), now=tables.as_of.known_by)
    return done.opened + done.enriched


def _proposals(
    rows: Iterator[dict[str, Any]],
    arms: Mapping[str, tuple[Campaign, CampaignArm]],
    house: House,
    loop: LoopPolicy,
    tables: BankTables,
) -> Iterator[Proposal]:
    routing = read_routing_policy(house.policy("routing"))
    for row in rows:
        campaign, arm = arms[row["treatment"]]
        order = open_order(row | {"treatment": campaign.spec.theme}, loop, house.calendar, tables.as_of.known_by)
        product_id = arm.offer.spec.product_id if arm.offer else None
        wants = Wants(routing.wanted(order.theme, product_id))
        yield order, replace(_facts(row, campaign, arm), wants=wants)


def _facts(row: Mapping[str, Any], campaign: Campaign, arm: CampaignArm) -> OrderFacts:
    why = {
        "code": CAMPAIGN, "severity": 1.0, "campaign": campaign.code, "message_class": arm.message_class,
        "name": campaign.spec.name.model_dump(), "wording": arm.texts.model_dump(),
    }  # fmt: skip
    return replace(order_facts(row), reasons=[why])
