"""Changing an experiment's file by four eyes: whoever approves the text approves the experiment, which then may start.

What has started is frozen: its file is not changed here any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from liuke.act.bank_file import EXPERIMENT_FILES
from liuke.state.actions.change_experiment import adopt_experiment, check_not_started
from liuke.state.actions.change_order import Who
from liuke.state.actions.four_eyes import Kind, take_step
from liuke.state.actions.text_change import TextKind, check_unmoved, decided, proposed, told
from liuke.state.actions.whole_bank import check_rights
from liuke.state.models import TextChange
from liuke.track.experiments.catalogue import Shelf, parse_experiment


@dataclass(frozen=True, slots=True)
class ExperimentBench:
    """Where experiments' texts are changed. home: of the bank. shelf: what experiments may refer to."""

    home: Path
    shelf: Shelf


def _told(change: TextChange) -> dict[str, Any]:
    return {"experiment": change.code, **told(change)}


EXPERIMENT_TEXTS: Final = TextKind(
    Kind(TextChange, "text_changes", "experiment_text", _told), EXPERIMENT_FILES, {"what": "experiment"}
)


def propose_experiment_text(
    who: Who, bench: ExperimentBench, pk: int, planned: Mapping[str, Any], note: str, version: int
) -> TextChange:  # fmt: skip
    """Asks for approval of the draft, with its plan (planner.as_json).

    Raises YourMistake with every mistake of the text, when nothing is changed, no reason is given, or the experiment
    has started; FileMoved.
    """
    check_rights(who, "edit_rules")

    def check(change: TextChange) -> None:
        check_not_started(change.code)
        check_unmoved(EXPERIMENT_TEXTS, bench.home, change)
        parse_experiment(change.text, bench.shelf, code=change.code)
        proposed(change, note, who.at)
        change.preview = dict(planned)

    return take_step(EXPERIMENT_TEXTS.kind, who, pk, "propose", version, check)


def approve_experiment_text(who: Who, bench: ExperimentBench, pk: int, version: int, reason: str = "") -> TextChange:
    """Writes the text into the experiment's file and approves the experiment as it then stands.

    Rows and file change together, as `change_campaign_text.approve_campaign_text`.
    """
    check_rights(who, "approve_rules")

    def write(change: TextChange) -> None:
        check_not_started(change.code)
        check_unmoved(EXPERIMENT_TEXTS, bench.home, change)
        parse_experiment(change.text, bench.shelf, code=change.code)
        decided(EXPERIMENT_TEXTS, who, change, reason)

    def finish(change: TextChange) -> None:
        experiment = parse_experiment(change.text, bench.shelf, code=change.code)
        adopt_experiment(who, experiment, change.author, change.preview or {}, change.note, reason)
        EXPERIMENT_FILES.write(bench.home, change.code, change.text)

    return take_step(EXPERIMENT_TEXTS.kind, who, pk, "approve", version, write, finish)
