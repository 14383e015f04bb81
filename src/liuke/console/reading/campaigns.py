"""What the pages of campaigns read: the files, where each stands, whom it reached in the person's scope, its effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import ibis

from liuke.act.campaigns.bank_campaigns import BankCampaigns, read_bank_campaigns
from liuke.act.campaigns.catalogue import Campaign
from liuke.act.campaigns.preview import Previewed
from liuke.console.reading.lending import Reader, house
from liuke.daily.campaign_preview import preview_campaigns
from liuke.errors import YourMistake
from liuke.govern.access import Scope, scoped
from liuke.insight.known import bank_tables
from liuke.state.models import AuditEntry, CampaignState
from liuke.tables import DECISION, OUTCOME
from liuke.track.campaigns import CampaignReach, entered_by_day, reach
from liuke.track.effect import EffectReport, effect
from liuke.track.outcomes import read_outcome_policy


@dataclass(frozen=True, slots=True)
class Shelf:
    """The bank's campaigns and their states by code; mistake: why no file can be read, then there are none."""

    bank: BankCampaigns | None = None
    states: Mapping[str, CampaignState] = field(default_factory=dict)
    mistake: YourMistake | None = None

    @property
    def campaigns(self) -> Mapping[str, Campaign]:
        """By code."""
        return self.bank.campaigns if self.bank else {}

    @property
    def mistakes(self) -> Mapping[str, YourMistake]:
        """Why single files cannot be read, by code; the others are there."""
        return self.bank.mistakes if self.bank else {}


def shelf() -> Shelf:
    """The campaigns as the files stand now."""
    states = {row.code: row for row in CampaignState.objects.all()}
    try:
        return Shelf(read_bank_campaigns(house().home), states)
    except YourMistake as error:
        return Shelf(states=states, mistake=error)


def reached(reader: Reader, scope: Scope, campaigns: Mapping[str, Campaign], day: date) -> dict[str, CampaignReach]:
    """By code, of the customers in scope."""
    return reach(reader.engine, scoped(reader.kept(DECISION), scope), campaigns, day)


def entered_in(
    reader: Reader, scope: Scope, campaigns: Mapping[str, Campaign], first: date, last: date
) -> dict[tuple[str, date], int]:
    """Customers in scope who entered, by campaign and data day."""
    rows = scoped(reader.kept(DECISION), scope)
    near = rows.filter(rows.as_of.between(ibis.literal(first), ibis.literal(last)))
    return entered_by_day(reader.engine, near, campaigns)


def effect_of(reader: Reader, scope: Scope, campaign: Campaign, day: date) -> EffectReport:
    """Treated against hold-out among the customers in scope, at the primary horizon."""
    here, as_of = reader.house, reader.house.as_of(day)
    horizon = read_outcome_policy(here.policy("outcome")).primary
    decisions, outcomes = scoped(reader.kept(DECISION), scope), reader.kept(OUTCOME)
    contacts = bank_tables(here.lake, reader.engine, as_of, here.zone).contact
    return effect(reader.engine, decisions, outcomes, contacts, campaign.experiment, horizon, as_of)


def preview_of(reader: Reader, bank: BankCampaigns, campaign: Campaign, day: date) -> Previewed:
    """What it would do on the data day, of the whole bank."""
    [seen] = preview_campaigns(reader.house, reader.engine, [campaign], bank.offers, reader.house.as_of(day))
    return seen


def steps_taken(code: str) -> list[Any]:
    """What happened to the campaign, as the audit log has it, oldest first."""
    rows = AuditEntry.objects.filter(object_type="campaign", object_id=code).order_by("seq")
    return list(rows.values("at", "actor", "action", "reason"))
