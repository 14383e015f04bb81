"""Changing a trigger rule by four eyes: begun and proposed by one person, approved by another, then written.

The file in `triggers/` stays what is in force; a row is a text on its way there. The file a change was begun from is
kept with it, so that a file that somebody changed meanwhile is seen before anything is written over it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from liuke.act.bank_file import RULE_FILES
from liuke.act.triggers.catalogue import Catalogue
from liuke.act.triggers.modes import Mode, mode_of, with_flag, with_mode
from liuke.act.triggers.ruleset import Rule, parse_trigger
from liuke.errors import Place, YourMistake, coded
from liuke.govern.access import NotAllowed, Permission, Scope, may, require
from liuke.govern.approval import Step, reason_of
from liuke.insight.content_hash import content_hash
from liuke.state.actions.change_order import Who
from liuke.state.actions.four_eyes import Kind, audit_step, take_step
from liuke.state.actions.replay_rule import replay_of
from liuke.state.locks import sole_writer
from liuke.state.models import RuleChange
from liuke.yaml_file import is_code

LONGEST: Final = 20_000
"""Characters of a rule: some twenty times the longest of ours."""
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


class FileMoved(YourMistake):
    """The rule's file is not what the change was begun from."""


def check_rights(who: Who, permission: Permission) -> None:
    """Raises NotAllowed without the permission, or for somebody who does not see the whole bank, as a rule does."""
    require(who.scope, permission)
    if not has_rights(who.scope, permission):
        raise NotAllowed(
            coded("whole_bank_only", "rules work for the whole bank; so must who changes them"),
            state="nothing was changed",
            then="ask somebody of the head office",
        )


def has_rights(scope: Scope, permission: Permission) -> bool:
    """Whether the person has the permission for the whole bank, as a rule works for it."""
    return may(scope.role, permission) and scope.branches is None


def begin_change(who: Who, home: Path, code: str, text: str | None = None) -> RuleChange:
    """The person's open change of the rule, else a new draft: of the rule's file, or of `text` for a new rule.

    Raises YourMistake for a name that cannot be a rule's or is taken, and when there is no such rule to change.
    """
    check_rights(who, "edit_rules")
    base = RULE_FILES.read(home, code) if is_code(code) else ""
    if not is_code(code):
        raise YourMistake(coded("no_trigger_code", "'{name}' cannot be a rule's code", name=code))
    if text is not None and base:
        raise YourMistake(coded("rule_exists", "a rule is called '{name}' already", name=code), then="change that one")
    if text is None and not base:
        raise YourMistake(
            coded("no_rule", "there is no rule '{name}'", name=code), place=Place(str(RULE_FILES.path(home, code)))
        )
    with sole_writer("rule_changes"):
        mine = RuleChange.objects.filter(code=code, author=who.scope.actor)
        found = mine.filter(stage__in=("draft", "proposed", "refused")).order_by("-changed_at").first()
        if found:
            return found
        made = RuleChange.objects.create(
            code=code, base=base, text=base if text is None else text, author=who.scope.actor, begun_at=who.at,
            changed_at=who.at,
        )  # fmt: skip
        audit_step(_RULES, who, made, "begin")
    return made


def save_change(who: Who, pk: int, text: str, version: int) -> RuleChange:
    """The draft with another text, right or wrong: it is checked when it is proposed."""
    check_rights(who, "edit_rules")

    def write(change: RuleChange) -> None:
        change.text = short(text)

    return _step(who, pk, "save", version, write)


def propose_change(who: Who, bench: Bench, pk: int, asked: Proposal, version: int) -> RuleChange:
    """Asks for approval of the draft.

    Raises YourMistake with every mistake of the text; when nothing is changed, no reason is given, the meaning was
    not replayed, or it matches nearly everybody and that is not said to be meant; FileMoved.
    """
    check_rights(who, "edit_rules")

    def check(change: RuleChange) -> None:
        note = reason_of(asked.note)
        check_unmoved(bench.home, change)
        change.text = _fit(bench, change, asked)
        change.note, change.proposed_at = note, who.at
        change.decided_by, change.reason, change.decided_at = "", "", None

    return _step(who, pk, "propose", version, check)


def propose_mode(who: Who, bench: Bench, code: str, mode: Mode, note: str) -> RuleChange:
    """Asks for approval of switching the rule on, off, or into the shadow; nothing else of it changes."""
    check_rights(who, "edit_rules")
    with sole_writer("rule_changes"):
        change = RuleChange(code=code, base=RULE_FILES.read(bench.home, code), author=who.scope.actor, begun_at=who.at)
        change.text = with_mode(change.base, mode) if change.base else ""
        if not change.base or change.text == change.base:
            raise YourMistake(coded("nothing_changed", "nothing would change"), state="nothing was proposed")
        parse_trigger(change.text, bench.catalogue, code=code)
        change.note, change.stage = reason_of(note), "proposed"
        change.proposed_at = change.changed_at = who.at
        change.save()
        audit_step(_RULES, who, change, "propose", change.note)
    return change


def approve_change(who: Who, bench: Bench, pk: int, version: int, reason: str = "") -> RuleChange:
    """Brings the text into force: its file is written, and the version before it is replaced.

    Row and file change together: a file that cannot be written leaves the proposal as it is, and one that was written
    although the database then failed is approved again without harm.
    """
    check_rights(who, "approve_rules")

    def write(change: RuleChange) -> None:
        check_unmoved(bench.home, change)
        parse_trigger(change.text, bench.catalogue, code=change.code)
        RuleChange.objects.filter(code=change.code, stage="approved").update(stage="replaced", changed_at=who.at)
        change.decided_by, change.reason, change.decided_at = who.scope.actor, reason.strip(), who.at

    def finish(change: RuleChange) -> None:
        RULE_FILES.write(bench.home, change.code, change.text)

    return _step(who, pk, "approve", version, write, finish)


def refuse_change(who: Who, pk: int, version: int, reason: str) -> RuleChange:
    """Says no, and why; the author may change the text and propose again."""
    check_rights(who, "approve_rules")

    def note(change: RuleChange) -> None:
        change.reason = reason_of(reason)
        change.decided_by, change.decided_at = who.scope.actor, who.at

    return _step(who, pk, "refuse", version, note)


def withdraw_change(who: Who, pk: int, version: int) -> RuleChange:
    """Takes the proposal back: it is a draft again."""
    check_rights(who, "edit_rules")
    return _step(who, pk, "withdraw", version)


def discard_change(who: Who, pk: int, version: int) -> RuleChange:
    """Gives the draft up."""
    check_rights(who, "edit_rules")
    return _step(who, pk, "discard", version)


def rebase_change(who: Who, home: Path, pk: int, version: int) -> RuleChange:
    """Puts the draft upon the file as it stands now: its own text stays, and what differs is seen against that."""
    check_rights(who, "edit_rules")

    def take_up(change: RuleChange) -> None:
        change.base = RULE_FILES.read(home, change.code)

    return _step(who, pk, "save", version, take_up)


def has_moved(home: Path, change: RuleChange) -> bool:
    """Whether the rule's file is neither what the change was begun from, nor what it would write."""
    return RULE_FILES.read(home, change.code) not in (change.base, change.text)


def check_unmoved(home: Path, change: RuleChange) -> None:
    """Raises FileMoved when the file has changed since the change was begun."""
    if has_moved(home, change):
        raise FileMoved(
            coded("file_moved", "triggers/{rule}.yaml was changed since this change was begun", rule=change.code),
            place=Place(str(RULE_FILES.path(home, change.code))),
            state="nothing was written",
            then="look at the difference, then take up the file as it stands",
        )


def short(text: str) -> str:
    """The text with plain line ends. Raises YourMistake when it is longer than any rule."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(plain) > LONGEST:
        raise YourMistake(coded("too_long", "a rule has at most {most} characters", most=LONGEST))
    return plain


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
    if text == change.base:
        raise YourMistake(coded("nothing_changed", "nothing would change"), state="nothing was proposed")
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
    return {"rule": change.code, "base": content_hash(change.base), "text": content_hash(change.text)}


_RULES: Final = Kind(RuleChange, "rule_changes", "rule", _told)


def _step(
    who: Who, pk: int, step: Step, version: int, work: Callable[[RuleChange], None] = lambda _: None,
    last: Callable[[RuleChange], None] = lambda _: None,
) -> RuleChange:  # fmt: skip
    return take_step(_RULES, who, pk, step, version, work, last)


__all__ = [
    "Bench", "FileMoved", "Proposal", "approve_change", "begin_change", "discard_change", "propose_change",
    "propose_mode", "rebase_change", "refuse_change", "save_change", "withdraw_change",
]  # fmt: skip
