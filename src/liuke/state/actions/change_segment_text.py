"""Changing a segment's file by four eyes, a new one too: what a second person approves is written.

Campaigns and offers that name the segment are for whom it then has: a campaign waits until it is approved again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from liuke.act.bank_file import SEGMENT_FILES
from liuke.insight.rules.references import Names
from liuke.insight.segments.catalogue import parse_among
from liuke.state.actions.change_order import Who
from liuke.state.actions.four_eyes import Kind, take_step
from liuke.state.actions.text_change import TextKind, check_unmoved, decided, proposed, told
from liuke.state.actions.whole_bank import check_rights
from liuke.state.models import TextChange


@dataclass(frozen=True, slots=True)
class SegmentBench:
    """Where segments' texts are changed. home: of the bank. names: what their rules may refer to."""

    home: Path
    names: Names


def _told(change: TextChange) -> dict[str, Any]:
    return {"segment": change.code, **told(change)}


SEGMENT_TEXTS: Final = TextKind(
    Kind(TextChange, "text_changes", "segment_text", _told), SEGMENT_FILES, {"what": "segment"}
)


def propose_segment_text(who: Who, bench: SegmentBench, pk: int, note: str, version: int) -> TextChange:
    """Asks for approval of the draft.

    Raises YourMistake with every mistake of the text, a circle of segments among them, when nothing is changed, or no
    reason is given; FileMoved.
    """
    check_rights(who, "edit_rules")

    def check(change: TextChange) -> None:
        check_unmoved(SEGMENT_TEXTS, bench.home, change)
        parse_among(change.text, bench.names, code=change.code)
        proposed(change, note, who.at)

    return take_step(SEGMENT_TEXTS.kind, who, pk, "propose", version, check)


def approve_segment_text(who: Who, bench: SegmentBench, pk: int, version: int, reason: str = "") -> TextChange:
    """Writes the text into the segment's file; from then on whoever asks for the segment asks this rule.

    Row and file change together: a file that cannot be written leaves the proposal as it is.
    """
    check_rights(who, "approve_rules")

    def write(change: TextChange) -> None:
        check_unmoved(SEGMENT_TEXTS, bench.home, change)
        parse_among(change.text, bench.names, code=change.code)
        decided(SEGMENT_TEXTS, who, change, reason)

    def finish(change: TextChange) -> None:
        SEGMENT_FILES.write(bench.home, change.code, change.text)

    return take_step(SEGMENT_TEXTS.kind, who, pk, "approve", version, write, finish)
