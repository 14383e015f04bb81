"""What pages about changing offers' and campaigns' files read: what drafts are read against, what they begin from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

from django.utils import timezone
from pydantic import ConfigDict

from liuke.act.bank_file import BankFiles
from liuke.act.campaigns.bank_campaigns import draft_shelf
from liuke.act.campaigns.catalogue import Campaign
from liuke.act.offers.bank_offers import OfferShelf, read_offer_shelf
from liuke.console.reading.campaigns import shelf
from liuke.console.reading.lending import house
from liuke.console.reading.stamps import Stamps, stamps
from liuke.errors import YourMistake
from liuke.settings import Name
from liuke.state.actions.change_campaign_text import CampaignBench
from liuke.state.actions.change_offer_text import OfferTextBench
from liuke.state.actions.text_change import TextKind
from liuke.state.models.four_eyes import Drafted
from liuke.wiring.templates import template_folder
from liuke.yaml_file import Document, parse_yaml

Row = TypeVar("Row", bound=Drafted)
_READ: Final = ("offers", "segments", "tags", "policies")


def offer_bench() -> OfferTextBench:
    """Where offers are changed, as the bank's files stand now."""
    return OfferTextBench(house().home, _offer_shelf(), timezone.localdate())


def campaign_bench() -> CampaignBench:
    """Where campaigns are changed, as the bank's files stand now."""
    home = house().home
    return CampaignBench(home, draft_shelf(home, _offer_shelf()))


def beginnings(files: BankFiles) -> Mapping[str, str]:
    """Texts to begin a new one from, by code: those that come with the product, then the bank's own."""
    folders = (template_folder("bank") / files.folder, house().home / files.folder)
    found = {path.stem: path.parent.parent for folder in folders for path in sorted(folder.glob("*.yaml"))}
    return {code: files.read(home, code) for code, home in found.items()}


def named(text: str) -> Name | None:
    """The name that a text gives what it is about; None where it cannot be read."""

    class Named(Document):
        model_config = ConfigDict(extra="ignore", frozen=True)
        name: Name

    try:
        return parse_yaml(text, Named, "").name
    except YourMistake:
        return None


def open_texts(texts: TextKind[Row], actor: str) -> list[Row]:
    """What waits for a decision, and the person's own drafts and refusals, the newest first."""
    rows = texts.rows()
    own = rows.filter(stage__in=("draft", "refused"), author=actor)
    return list((rows.filter(stage="proposed") | own).order_by("-changed_at"))


def carried_by(offer: str) -> list[Campaign]:
    """Campaigns with an arm that carries the offer."""
    found = shelf().campaigns.values()
    return [campaign for campaign in found if any(arm.spec.offer == offer for arm in campaign.arms)]


def _offer_shelf() -> OfferShelf:
    home = house().home
    return _read(home, stamps(home, _READ))


@lru_cache(maxsize=2)
def _read(home: Path, _changed: Stamps) -> OfferShelf:
    return read_offer_shelf(home)
