"""Changing a campaign's file by four eyes: whoever approves the text approves the campaign, which then may work.

Until then the file, and what was approved of it, stay in force.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from liuke.act.bank_file import CAMPAIGN_FILES
from liuke.act.campaigns.catalogue import Shelf, parse_campaign
from liuke.state.actions.change_campaign import Proposal, adopt_campaign, check_lawful, check_reaches
from liuke.state.actions.change_order import Who
from liuke.state.actions.four_eyes import Kind, take_step
from liuke.state.actions.text_change import TextKind, check_unmoved, decided, proposed, told
from liuke.state.actions.whole_bank import check_rights
from liuke.state.models import TextChange


@dataclass(frozen=True, slots=True)
class CampaignBench:
    """Where campaigns' texts are changed. home: of the bank. shelf: what campaigns may refer to."""

    home: Path
    shelf: Shelf


def _told(change: TextChange) -> dict[str, Any]:
    return {"campaign": change.code, **told(change)}


CAMPAIGN_TEXTS: Final = TextKind(
    Kind(TextChange, "text_changes", "campaign_text", _told), CAMPAIGN_FILES, {"what": "campaign"}
)


def propose_campaign_text(who: Who, bench: CampaignBench, pk: int, asked: Proposal, version: int) -> TextChange:
    """Asks for approval of the draft, with the preview of what it would do.

    Raises YourMistake with every mistake of the text; when compliance refuses it, nothing is changed, no reason is
    given, or a gate stops nearly everybody and that is not said to be meant; FileMoved.
    """
    check_rights(who, "edit_rules")

    def check(change: TextChange) -> None:
        check_unmoved(CAMPAIGN_TEXTS, bench.home, change)
        check_lawful(parse_campaign(change.text, bench.shelf, code=change.code))
        check_reaches(asked)
        proposed(change, asked.note, who.at)
        change.preview = dict(asked.preview)

    return take_step(CAMPAIGN_TEXTS.kind, who, pk, "propose", version, check)


def approve_campaign_text(who: Who, bench: CampaignBench, pk: int, version: int, reason: str = "") -> TextChange:
    """Writes the text into the campaign's file and approves the campaign as it then stands; the next run starts it.

    Rows and file change together. A file that cannot be written leaves all as it was; one that was written although
    the database then failed is approved again without harm, and its campaign enters nobody until then.
    """
    check_rights(who, "approve_rules")

    def write(change: TextChange) -> None:
        check_unmoved(CAMPAIGN_TEXTS, bench.home, change)
        check_lawful(parse_campaign(change.text, bench.shelf, code=change.code))
        decided(CAMPAIGN_TEXTS, who, change, reason)

    def finish(change: TextChange) -> None:
        campaign = parse_campaign(change.text, bench.shelf, code=change.code)
        adopt_campaign(who, campaign, change.author, Proposal(change.note, change.preview or {}), reason)
        CAMPAIGN_FILES.write(bench.home, change.code, change.text)

    return take_step(CAMPAIGN_TEXTS.kind, who, pk, "approve", version, write, finish)
