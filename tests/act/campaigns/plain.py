"""Entering, drawing and cutting said as plainly as possible, one customer after the other."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from liuke.act.campaigns.catalogue import Campaign
from liuke.act.campaigns.cutting import Places
from liuke.act.holdout import draw


def may_enter(campaign: Campaign, last_on: date | None, day: date, *, was_called: bool) -> bool:
    """Of somebody in the audience."""
    if campaign.spec.kind in ("on_segment_entry", "on_trigger") and not was_called:
        return False
    if last_on is None:
        return True
    since = (day - last_on).days
    return {"never": False, "always": since >= 1, "after": since >= (campaign.spec.re_entry_days or 0)}[
        campaign.spec.re_entry
    ]


def arm_of(campaign: Campaign, customer: str, salt: str) -> str:
    """The arm whose part of the unit interval holds the customer's draw."""
    here = draw(customer, f"campaign_{campaign.code}/arm", salt)
    whole, low = sum(a.weight for a in campaign.spec.arms.values()), 0.0
    for code, arm in campaign.spec.arms.items():
        low += arm.weight
        if here < low / whole:
            return code
    raise AssertionError


def entering(campaign: Campaign, people: Sequence[str], salt: str) -> list[dict[str, Any]]:
    """One row per customer, in the order in which they go."""
    rows = []
    for who in people:
        arm = next(a for a in campaign.arms if a.code == arm_of(campaign, who, salt))
        rows.append({
            "customer_id": who, "campaign": campaign.code, "arm": arm.code, "cost": arm.cost_cents,
            "marketing": arm.message_class == "marketing", "treatment": f"{campaign.code}.{arm.code}",
            "held_out": draw(who, f"campaign_{campaign.code}", salt) < campaign.spec.holdout_share,
            "order": (draw(who, f"campaign_{campaign.code}/order", salt), who),
        })  # fmt: skip
    return sorted(rows, key=lambda row: row["order"])  # type: ignore[no-any-return]


def cut(
    todays: Sequence[tuple[Campaign, Places]], rows: Mapping[str, list[dict[str, Any]]], claimed: Mapping[str, str]
) -> tuple[set[tuple[str, str]], set[tuple[str, str, str]]]:
    """Who enters which campaign, and who is beaten there by what."""
    reached = {who: {what} for who, what in claimed.items()}
    taken: set[tuple[str, str]] = set()
    beaten: set[tuple[str, str, str]] = set()
    for campaign, left in todays:
        told, cents, waits = 0, 0, left.messages == 0
        mine = []
        for row in rows[campaign.code]:
            if row["marketing"] and row["customer_id"] in reached:
                beaten.add((row["customer_id"], campaign.code, min(reached[row["customer_id"]])))
                continue
            if not row["held_out"]:
                told, cents = told + 1, cents + row["cost"]
                waits = waits or told > left.messages or (left.cents is not None and cents > left.cents)
            if not waits:
                mine.append(row)
        for row in mine:
            taken.add((row["customer_id"], campaign.code))
            if row["marketing"]:
                reached.setdefault(row["customer_id"], set()).add(row["treatment"])
    return taken, beaten
