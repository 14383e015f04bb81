"""Everything a bank home says about campaigns, read together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from liuke.act.campaigns.catalogue import FOLDER, Campaign, Shelf, read_campaigns
from liuke.act.offers.bank_offers import BankOffers, OfferShelf, bank_names, read_bank_offers
from liuke.act.offers.wording_policy import read_wording_policy
from liuke.errors import Finding, YourMistake, did_you_mean


@dataclass(frozen=True, slots=True)
class BankCampaigns:
    """campaigns: by code, also those compliance refuses. offers: what their arms may carry. mistakes: of the campaigns'
    files that cannot be read, by their names.
    """

    campaigns: Mapping[str, Campaign]
    offers: BankOffers
    mistakes: Mapping[str, YourMistake] = field(default_factory=dict)

    def named(self, code: str) -> Campaign:
        """The campaign; YourMistake where its file cannot be read, or there is none."""
        if code in self.mistakes:
            raise self.mistakes[code]
        if code not in self.campaigns:
            raise YourMistake(
                f"no campaign is called '{code}'; {did_you_mean(code, self.campaigns)}",
                then="liuke campaigns list   # names them all",
            )
        return self.campaigns[code]


@dataclass(frozen=True, slots=True)
class CampaignFinding:
    """What keeps a campaign from working, for reports: its file, the line and key in it where known, what is wrong
    there and what to do.
    """

    campaign: str
    file: str
    line: int | None
    key: str | None
    said: str
    then: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        key = f" [{self.key}]" if self.key else ""
        return f"{where}{key} {self.said}; {self.then}"


def read_bank_campaigns(home: Path) -> BankCampaigns:
    """The campaigns of the bank home. Raises YourMistake with file, line and key where a segment, tag, offer or policy
    is wrong; a campaign that is wrong is among the mistakes.
    """
    offers = read_bank_offers(home)
    read = read_campaigns(home / FOLDER, bank_shelf(home, offers))
    return BankCampaigns(read.campaigns, offers, read.mistakes)


def unreadable(bank: BankCampaigns) -> tuple[CampaignFinding, ...]:
    """Every mistake of the files that cannot be read."""
    return tuple(
        _finding(code, found, error.then or "mend the file")
        for code, error in bank.mistakes.items() for found in error.mistakes
    )  # fmt: skip


def refused(bank: BankCampaigns) -> tuple[CampaignFinding, ...]:
    """What compliance refuses of the campaigns that can be read."""
    return tuple(
        _finding(code, found, "mend the text, then propose it again")
        for code, campaign in bank.campaigns.items() for found in campaign.refusals
    )  # fmt: skip


def bank_shelf(home: Path, offers: BankOffers) -> Shelf:
    """What campaigns of the bank home may refer to."""
    wording = read_wording_policy(home / "policies" / "wording.yaml")
    return Shelf(bank_names(home), offers.offers, _triggers(home), wording)


def draft_shelf(home: Path, offers: OfferShelf) -> Shelf:
    """What a draft of a campaign may refer to: offers that cannot be read now are not among it."""
    return Shelf(offers.names, offers.offers, _triggers(home), offers.wording)


def _triggers(home: Path) -> tuple[str, ...]:
    return tuple(path.stem for path in sorted((home / "triggers").glob("*.yaml")))


def _finding(code: str, found: Finding, then: str) -> CampaignFinding:
    return CampaignFinding(code, f"{FOLDER}/{code}.yaml", found.line, found.key or None, found.said.text, then)
