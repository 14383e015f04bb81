"""How many enter today: what budget and rate leave, campaign after campaign, one marketing contact each.

Customers go in the order of a draw of their own, and those held out use nothing up: they are taken with the people
among whom they stand. So both arms come from the same people, and the whole budget reaches those it is meant for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from liuke.act.campaigns.catalogue import Campaign
from liuke.engine import Engine


@dataclass(frozen=True, slots=True)
class Used:
    """What a campaign has used over its life, and on the day alone. messages: hold-outs are none."""

    messages: int = 0
    cents: int = 0
    today: int = 0


@dataclass(frozen=True, slots=True)
class Places:
    """How many may still be told something today, and for how much (None: without limit)."""

    messages: int
    cents: int | None


def places(campaign: Campaign, used: Used, open_hours: int) -> Places:
    """What budget and rate leave today. open_hours: whole hours in which messages can go out on a day."""
    spec = campaign.spec
    rate = spec.rate.per_day
    if spec.rate.per_hour is not None:
        rate = min(rate, spec.rate.per_hour * open_hours)
    money = spec.budget.money
    left = None if money is None else int(money * Decimal(100)) - used.cents
    messages = min(spec.budget.messages - used.messages, rate - used.today)
    # Where no more message can be paid, hold-outs must not go on entering alone.
    return Places(max(messages, 0) if left is None or left >= campaign.dearest_cents else 0, left)


def is_used_up(campaign: Campaign, used: Used) -> bool:
    """Whether the budget of its whole life is spent."""
    return places(campaign, Used(used.messages, used.cents), 24).messages == 0


def taken_today(rows: ir.Table, left: Places) -> ir.Table:
    """The rows of one campaign that enter, of those that no gate stops.

    rows: customer_id, held_out, cost_cents, order_draw. In order of draw they enter until the next one who would be
    told something has no place or cannot be paid; who comes after waits too.
    """
    if left.messages == 0:
        return rows.filter(ibis.literal(False))
    told = (~rows.held_out).cast("int64")
    before = ibis.window(order_by=[ibis.asc("order_draw"), ibis.asc("customer_id")], preceding=None, following=0)
    counted = rows.mutate(nth=told.sum().over(before), sum_cents=(told * rows.cost_cents).sum().over(before))
    inside = counted.nth <= left.messages
    if left.cents is not None:
        inside = inside & (counted.sum_cents <= left.cents)
    return counted.filter(inside).drop("nth", "sum_cents")


@dataclass(frozen=True, slots=True)
class Cut:
    """rows: those who enter (materialised). beaten: customer_id, campaign, beaten_by of whom another
    one reached (materialised).
    """

    rows: ir.Table
    beaten: ir.Table


def cut(engine: Engine, passed: ir.Table, campaigns: Sequence[tuple[Campaign, Places]], claimed: ir.Table) -> Cut:
    """Who enters today, campaign by campaign in their order.

    passed: `entrants` that no gate stops. claimed: customer_id, treatment of marketing chosen elsewhere for the day.
    Marketing goes to a customer once a day, whoever is held out included: a hold-out must not be told by another.
    """
    rows = engine.materialise(passed)
    reached, taken, beaten = [claimed.select("customer_id", "treatment")], list[ir.Table](), list[ir.Table]()
    for campaign, left in campaigns:
        mine = rows.filter(rows.campaign == campaign.code)
        others = _first(_all(reached)).rename(beaten_by="treatment")
        joined = mine.left_join(others, "customer_id").drop("customer_id_right")
        lost = joined.beaten_by.notnull() & (joined.message_class == "marketing")
        beaten.append(joined.filter(lost).select("customer_id", "campaign", "beaten_by"))
        made = engine.materialise(taken_today(joined.filter(~lost).drop("beaten_by"), left))
        taken.append(made)
        reached.append(made.filter(made.message_class == "marketing").select("customer_id", "treatment"))
    none = rows.filter(ibis.literal(False))
    nobody = none.select("customer_id", "campaign", beaten_by="treatment")
    return Cut(engine.materialise(_all([none, *taken])), engine.materialise(_all([nobody, *beaten])))


def _all(tables: Iterable[ir.Table]) -> ir.Table:
    first, *rest = tables
    return ibis.union(first, *rest) if rest else first


def _first(rows: ir.Table) -> ir.Table:
    """One row per customer."""
    return rows.group_by("customer_id").aggregate(treatment=rows.treatment.min())


def ordered(campaigns: Iterable[Campaign]) -> list[Campaign]:
    """By priority, then code."""
    return sorted(campaigns, key=lambda c: (c.spec.priority, c.code))
