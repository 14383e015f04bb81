"""Changing an offer's file by four eyes: whoever approves the text approves the offer as it then stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from liuke.act.bank_file import OFFER_FILES
from liuke.act.offers.approving import with_approval
from liuke.act.offers.bank_offers import OfferShelf
from liuke.act.offers.catalogue import Offer, parse_offer
from liuke.act.offers.offer_file import OfferFile
from liuke.state.actions.change_offer import check_alone, check_lawful, shown_name
from liuke.state.actions.change_order import Who
from liuke.state.actions.four_eyes import Kind, take_step
from liuke.state.actions.text_change import TextKind, check_unmoved, decided, proposed, told
from liuke.state.actions.whole_bank import check_rights
from liuke.state.models import TextChange
from liuke.yaml_file import parse_yaml


@dataclass(frozen=True, slots=True)
class OfferTextBench:
    """Where offers' texts are changed. home: of the bank. shelf: what offers may refer to, and the offers there are.
    day: today, bank-local.
    """

    home: Path
    shelf: OfferShelf
    day: date


def _told(change: TextChange) -> dict[str, Any]:
    return {"offer": change.code, **told(change)}


OFFER_TEXTS: Final = TextKind(Kind(TextChange, "text_changes", "offer_text", _told), OFFER_FILES, {"what": "offer"})


def as_approved(text: str, code: str, by: str, day: date) -> str:
    """The text with that approval instead of whatever it says of one. Raises YourMistake where it cannot be read."""
    parse_yaml(text, OfferFile, f"{code}.yaml")
    return with_approval(text, "approved", by, day)


def read_draft(text: str, code: str, shelf: OfferShelf, day: date) -> Offer:
    """The offer of the text as it would be once approved: an `approval` that the text claims counts for nothing.

    Raises YourMistake with every mistake of the text, lines counted in it.
    """
    parse_offer(text, shelf.names, shelf.wording, code=code)  # for the lines of its mistakes
    return parse_offer(as_approved(text, code, "-", day), shelf.names, shelf.wording, code=code)


def propose_offer_text(who: Who, bench: OfferTextBench, pk: int, note: str, version: int) -> TextChange:
    """Asks for approval of the draft.

    Raises YourMistake with every mistake of the text; when compliance refuses it, it would collide with an approved
    offer, nothing is changed, or no reason is given; FileMoved.
    """
    check_rights(who, "edit_rules")

    def check(change: TextChange) -> None:
        check_unmoved(OFFER_TEXTS, bench.home, change)
        _check(bench, change)
        proposed(change, note, who.at)

    return take_step(OFFER_TEXTS.kind, who, pk, "propose", version, check)


def approve_offer_text(who: Who, bench: OfferTextBench, pk: int, version: int, reason: str = "") -> TextChange:
    """Writes the text into the offer's file, approved today by this person; campaigns that carry it halt until they are
    approved again.

    Row and file change together: a file that cannot be written leaves the proposal as it is.
    """
    check_rights(who, "approve_rules")

    def write(change: TextChange) -> None:
        check_unmoved(OFFER_TEXTS, bench.home, change)
        change.text = as_approved(change.text, change.code, shown_name(who.scope.actor), bench.day)
        _check(bench, change)
        decided(OFFER_TEXTS, who, change, reason)

    def finish(change: TextChange) -> None:
        OFFER_FILES.write(bench.home, change.code, change.text)

    return take_step(OFFER_TEXTS.kind, who, pk, "approve", version, write, finish)


def _check(bench: OfferTextBench, change: TextChange) -> None:
    offer = read_draft(change.text, change.code, bench.shelf, bench.day)
    check_lawful(offer)
    check_alone(offer, bench.shelf.offers)
