"""What a campaign would do on the last data day, asked by people before it works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from liuke.act.campaigns.catalogue import Campaign
from liuke.act.campaigns.preview import Previewed, counted, previewed
from liuke.act.contact_policy import read_contact_policy
from liuke.act.loop_policy import read_loop_policy
from liuke.act.offers.bank_offers import BankOffers
from liuke.clock import AsOf
from liuke.daily.campaign_judging import Terms, judge_campaigns
from liuke.engine import Engine
from liuke.insight.known import bank_tables
from liuke.wiring import House


def preview_campaigns(
    house: House, engine: Engine, campaigns: Sequence[Campaign], offers: BankOffers, as_of: AsOf
) -> list[Previewed]:
    """One preview per campaign, each as if it alone worked and every day were one of its days. Changes nothing."""
    tables = bank_tables(house.lake, engine, as_of, house.zone)
    terms = Terms(read_contact_policy(house.policy("contact")), offers, read_loop_policy(house.policy("loop")).salt)
    found = judge_campaigns(house, engine, tables, campaigns, terms)
    rows = counted(engine, found.rows)
    engine.release(found.rows)
    return [
        previewed(c, rows, as_of.day, found.audience.get(c.code, 0), found.lacking.get(c.code, ())) for c in campaigns
    ]


def as_json(preview: Previewed) -> dict[str, Any]:
    """For the state database and for programs: days as text."""
    return asdict(preview) | {"day": preview.day.isoformat()}
