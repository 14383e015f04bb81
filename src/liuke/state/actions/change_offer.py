"""Approving an offer by four eyes: proposed by one person, decided by another, then written into its file.

The file in `offers/` stays what is in force. What was proposed is the file as it stood then: one that somebody changed
meanwhile is not approved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, cast

from liuke.act.bank_file import OFFER_FILES
from liuke.act.offers.approving import Verdict, with_approval
from liuke.act.offers.catalogue import Offer, collide, overlap_said
from liuke.act.offers.offer_file import OfferFile
from liuke.errors import Place, YourMistake, coded
from liuke.govern.approval import reason_of
from liuke.insight.content_hash import content_hash
from liuke.state.actions.change_order import Who
from liuke.state.actions.four_eyes import Kind, audit_step, take_step
from liuke.state.actions.text_change import FileMoved
from liuke.state.actions.whole_bank import check_rights
from liuke.state.locks import sole_writer
from liuke.state.models import OfferApproval, User
from liuke.yaml_file import parse_yaml


@dataclass(frozen=True, slots=True)
class OfferBench:
    """Where offers are approved. home: of the bank. offers: all of it, by code. day: today, bank-local."""

    home: Path
    offers: Mapping[str, Offer]
    day: date


def _told(row: OfferApproval) -> dict[str, Any]:
    return {"offer": row.code, "wish": row.wish, "base": content_hash(row.base)}


_OFFERS: Final = Kind(OfferApproval, "offer_approvals", "offer", _told)


def propose_offer(who: Who, home: Path, offer: Offer, wish: Verdict, note: str) -> OfferApproval:
    """Asks that the offer be approved as its file says now, or that its approval be withdrawn.

    Raises YourMistake when that is so already, when compliance refuses the text, when no reason is given, or while
    another proposal about the offer waits.
    """
    check_rights(who, "edit_rules")
    said = reason_of(note)
    if offer.spec.approval.state == wish:
        raise YourMistake(coded("nothing_changed", "nothing would change"), state="nothing was proposed")
    if wish == "approved":
        check_lawful(offer)
    with sole_writer(_OFFERS.lock):
        if OfferApproval.objects.filter(code=offer.code, stage="proposed").exists():
            raise YourMistake(
                coded("offer_waits", "a proposal about '{name}' waits for a decision", name=offer.code),
                state="nothing was proposed",
                then="decide about that one, or take it back",
            )
        made = OfferApproval.objects.create(
            code=offer.code, base=OFFER_FILES.read(home, offer.code), wish=wish, stage="proposed", note=said,
            author=who.scope.actor, changed_at=who.at, proposed_at=who.at,
        )  # fmt: skip
        audit_step(_OFFERS, who, made, "propose", said)
    return made


def approve_offer(who: Who, bench: OfferBench, offer: Offer, pk: int, version: int, reason: str = "") -> None:
    """Writes the verdict, who gave it and when into the offer's file.

    Row and file change together: a file that cannot be written leaves the proposal as it is. Raises FileMoved when the
    file is not what was proposed, YourMistake when the offer would collide with an approved one.
    """
    check_rights(who, "approve_rules")

    def write(row: OfferApproval) -> None:
        if has_moved(bench.home, row):
            raise FileMoved(
                coded("offer_moved", "offers/{name}.yaml was changed since this was proposed", name=row.code),
                place=Place(str(OFFER_FILES.path(bench.home, row.code))),
                state="nothing was written",
                then="look at the difference; take the proposal back and propose it as it stands",
            )
        if row.wish == "approved":
            check_lawful(offer)
            check_alone(offer, bench.offers)
        row.decided_by, row.reason, row.decided_at = who.scope.actor, reason.strip(), who.at

    def finish(row: OfferApproval) -> None:
        wish = cast(Verdict, row.wish)
        text = with_approval(row.base, wish, shown_name(who.scope.actor), bench.day)
        if parse_yaml(text, OfferFile, f"{row.code}.yaml").approval.state != wish:
            raise YourMistake(coded("approval_unwritten", "`approval` cannot be written into this text"))
        OFFER_FILES.write(bench.home, row.code, text)

    take_step(_OFFERS, who, pk, "approve", version, write, finish)


def refuse_offer(who: Who, pk: int, version: int, reason: str) -> None:
    """Says no, and why."""
    check_rights(who, "approve_rules")

    def note(row: OfferApproval) -> None:
        row.reason = reason_of(reason)
        row.decided_by, row.decided_at = who.scope.actor, who.at

    take_step(_OFFERS, who, pk, "refuse", version, note)


def withdraw_offer(who: Who, pk: int, version: int) -> None:
    """Takes the proposal back."""
    check_rights(who, "edit_rules")
    take_step(_OFFERS, who, pk, "withdraw", version)


def has_moved(home: Path, row: OfferApproval) -> bool:
    """Whether the offer's file is not what was proposed."""
    return OFFER_FILES.read(home, row.code) != row.base


def check_lawful(offer: Offer) -> None:
    """Raises YourMistake with everything that compliance refuses, a missing approval aside."""
    found = tuple(refusal.finding for refusal in offer.refusals if refusal.gate != "approval")
    if found:
        raise YourMistake(found[0].said, state="nothing was changed", then="mend the offer's file", findings=found)


def check_alone(offer: Offer, offers: Mapping[str, Offer]) -> None:
    """Raises YourMistake where an approved offer collides: two of them would stop the reading of all."""
    for other in offers.values():
        if other.code != offer.code and other.spec.approval.state == "approved" and collide(other, offer):
            raise YourMistake(
                overlap_said(other, offer),
                state="nothing was approved",
                then="withdraw one, or mend the days of one of them",
            )


def shown_name(username: str) -> str:
    """How the file names whoever approved."""
    shown = User.objects.filter(username=username).values_list("display_name", flat=True).first()
    return shown or username
