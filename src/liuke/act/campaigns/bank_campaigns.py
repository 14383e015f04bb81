"""Everything a bank home says about campaigns, read together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from liuke.act.campaigns.catalogue import FOLDER, Campaign, Shelf, read_campaigns
from liuke.act.offers.bank_offers import BankOffers, bank_names, read_bank_offers
from liuke.act.offers.wording_policy import read_wording_policy


@dataclass(frozen=True, slots=True)
class BankCampaigns:
    """campaigns: by code, also those compliance refuses. offers: what their arms may carry."""

    campaigns: Mapping[str, Campaign]
    offers: BankOffers


def read_bank_campaigns(home: Path) -> BankCampaigns:
    """The campaigns of the bank home; YourMistake with file, line and key where one is wrong."""
    offers = read_bank_offers(home)
    return BankCampaigns(read_campaigns(home / FOLDER, bank_shelf(home, offers)), offers)


def bank_shelf(home: Path, offers: BankOffers) -> Shelf:
    """What campaigns of the bank home may refer to."""
    triggers = tuple(path.stem for path in sorted((home / "triggers").glob("*.yaml")))
    wording = read_wording_policy(home / "policies" / "wording.yaml")
    return Shelf(bank_names(home), offers.offers, triggers, wording)
