"""Changing a trigger rule by four eyes: begun and proposed by one person, approved by another, then written.

Beside what all texts have in common (text_change.py), a rule has a mode, and one whose meaning is new was replayed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from liuke.act.bank_file import RULE_FILES
from liuke.act.triggers.catalogue import Catalogue
from liuke.act.triggers.modes import Mode, mode_of, with_flag, with_mode
from liuke.act.triggers.ruleset import Rule, parse_trigger
from liuke.errors import YourMistake, coded
from liuke.govern.approval import reason_of
from liuke.state.actions.change_order import Who
from liuke.state.actions.four_eyes import Kind, audit_step, take_step
from liuke.state.actions.replay_rule import replay_of
from liuke.state.actions.text_change import TextKind, check_unmoved, decided, proposed, told
from liuke.state.actions.whole_bank import check_rights
from liuke.state.locks import sole_writer
from liuke.state.models import RuleChange

Wish = Literal["auto", "off", "shadow", "on"]
"""How the rule shall work once approved. auto: in the shadow when its meaning is new or changed, else as before."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where rules are changed. home: of the bank, whose `triggers/` is written. catalogue: events rules may name."""

    home: Path
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class Proposal:
    """What goes with a proposal. wide: that the rule matches more than its `max_share` is meant."""

    note: str
    mode: Wish = "auto"
    wide: bool = False


def propose_change(who: Who, bench: Bench, pk: int, asked: Proposal, version: int) -> RuleChange:
    """Asks for approval of the draft.

    Raises YourMistake with every mistake of the text; when nothing is changed, no reason is given, the meaning was
    not replayed, or it matches nearly everybody and that is not said to be meant; FileMoved.
    """
    check_rights(who, "edit_rules")

    def check(change: RuleChange) -> None:
        reason_of(asked.note)
        check_unmoved(RULE_TEXTS, bench.home, change)
        change.text = _fit(bench, change, asked)
        proposed(change, asked.note, who.at)

    return take_step(RULE_TEXTS.kind, who, pk, "propose", version, check)


def propose_mode(who: Who, bench: Bench, code: str, mode: Mode, note: str) -> RuleChange:
    """Asks for approval of switching the rule on, off, or into the shadow; nothing else of it changes."""
    check_rights(who, "edit_rules")
    with sole_writer(RULE_TEXTS.kind.lock):
        change = RuleChange(code=code, base=RULE_FILES.read(bench.home, code), author=who.scope.actor, begun_at=who.at)
        change.text = with_mode(change.base, mode) if change.base else ""
        if not change.base or change.text == change.base:
            raise YourMistake(coded("nothing_changed", "nothing would change"), state="nothing was proposed")
        parse_trigger(change.text, bench.catalogue, code=code)
        change.note, change.stage = reason_of(note), "proposed"
        change.proposed_at = change.changed_at = who.at
        change.save()
        audit_step(RULE_TEXTS.kind, who, change, "propose", change.note)
    return change


def approve_change(who: Who, bench: Bench, pk: int, version: int, reason: str = "") -> RuleChange:
    """Brings the text into force: its file is written, and the version before it is replaced.

    Row and file change together: a file that cannot be written leaves the proposal as it is, and one that was written
    although the database then failed is approved again without harm.
    """
    check_rights(who, "approve_rules")

    def write(change: RuleChange) -> None:
        check_unmoved(RULE_TEXTS, bench.home, change)
        parse_trigger(change.text, bench.catalogue, code=change.code)
        decided(RULE_TEXTS, who, change, reason)

    def finish(change: RuleChange) -> None:
        RULE_FILES.write(bench.home, change.code, change.text)

    return take_step(RULE_TEXTS.kind, who, pk, "approve", version, write, finish)


def _fit(bench: Bench, change: RuleChange, asked: Proposal) -> str:
    """The text as it is to be approved, in its mode; raises YourMistake for what cannot be proposed."""
    rule = parse_trigger(change.text, bench.catalogue, code=change.code)
    before = _before(bench, change)
    changed = before is None or before.meaning != rule.meaning
    old = "shadow" if before is None else mode_of(before.spec)
    mode: Mode = ("shadow" if changed else old) if asked.mode == "auto" else asked.mode
    text = with_mode(change.text, mode)
    if changed and mode != "off":
        text = _tried(rule, text, wide=asked.wide)
    if mode_of(parse_trigger(text, bench.catalogue, code=change.code).spec) != mode:
        raise YourMistake(coded("mode_unwritten", "`active` and `shadow` cannot be written into this text"))
    return text


def _tried(rule: Rule, text: str, *, wide: bool) -> str:
    replay = replay_of(rule.code, rule.meaning)
    if replay is None or replay.result is None:
        raise YourMistake(
            coded("replay_first", "a rule whose meaning is new is replayed before it is proposed"),
            state="nothing was proposed",
            then="replay it over some weeks",
        )
    if rule.spec.confirmed or replay.result["share"] <= rule.spec.max_share:
        return text
    if not wide:
        raise YourMistake(
            coded(
                "confirm_wide", "it would have matched {share} of the customers, more than its {most}",
                share=f"{replay.result['share']:.1%}", most=f"{rule.spec.max_share:.1%}",
            ),
            state="nothing was proposed",
            then="narrow its condition, or say that everybody is meant",
        )  # fmt: skip
    return with_flag(text, "confirmed", True)


def _before(bench: Bench, change: RuleChange) -> Rule | None:
    """The rule it was begun from; None for a new one, or where the file was wrong."""
    try:
        return parse_trigger(change.base, bench.catalogue, code=change.code) if change.base else None
    except YourMistake:
        return None


def _told(change: RuleChange) -> dict[str, Any]:
    return {"rule": change.code, **told(change)}


RULE_TEXTS: Final = TextKind(Kind(RuleChange, "rule_changes", "rule", _told), RULE_FILES)
