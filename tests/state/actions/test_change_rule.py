"""A rule's way through four eyes: who may take which step, what is checked, what is written, and what is not."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from liuke.act.bank_file import RULE_FILES
from liuke.act.triggers.catalogue import SHIPPED
from liuke.act.triggers.modes import mode_of
from liuke.act.triggers.ruleset import parse_trigger, read_triggers
from liuke.errors import TryAgain, YourMistake
from liuke.govern.access import NotAllowed
from liuke.govern.approval import NoSuchStep, NotTheirs
from liuke.state.actions.change_order import Stale, Who
from liuke.state.actions.change_rule import (
    RULE_TEXTS,
    Bench,
    Proposal,
    approve_change,
    propose_change,
    propose_mode,
)
from liuke.state.actions.replay_rule import (
    SILENT,
    ask_replay,
    finish_replay,
    latest_replay,
    stop_replay,
    tell_replay,
)
from liuke.state.actions.text_change import FileMoved, begin, discard, rebase, refuse, save, withdraw
from liuke.state.models import AuditEntry, RuleChange

ROOT = Path(__file__).resolve().parents[3]
CODE = "prepay_search"
PLEASE = Proposal("阈值太低,先改为四次")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    shutil.copytree(ROOT / "examples" / "bank" / "triggers", tmp_path / "triggers")
    return Bench(tmp_path, SHIPPED)


def replayed(who: Who, text: str, code: str = CODE, share: float = 0.01) -> None:
    rule = parse_trigger(text, SHIPPED, code=code)
    asked = ask_replay(who, rule, text, date(2026, 10, 1), date(2026, 10, 31))
    finish_replay(asked.pk, "done", who.at, result={"share": share})


def drafted(bench: Bench, who: Who, old: str = "at_least: 3", new: str = "at_least: 4") -> RuleChange:
    change = begin(RULE_TEXTS, who, bench.home, CODE)
    return save(RULE_TEXTS, who, change.pk, change.text.replace(old, new), change.version)


def proposed(bench: Bench, who: Who, asked: Proposal = PLEASE) -> RuleChange:
    change = drafted(bench, who)
    replayed(who, change.text)
    return propose_change(who, bench, change.pk, asked, change.version)


def test_an_approved_change_of_meaning_is_in_the_file_and_works_in_the_shadow_first(bench, writer, checker):
    change = proposed(bench, writer)
    assert "at_least: 3" in RULE_FILES.read(bench.home, CODE)
    done = approve_change(checker, bench, change.pk, change.version)
    rule = read_triggers(bench.home, SHIPPED).rules[CODE]
    assert (done.stage, rule.spec.condition.at_least, mode_of(rule.spec)) == ("approved", 4, "shadow")
    assert [p.name for p in (bench.home / "triggers").iterdir() if p.suffix != ".yaml"] == []
    trail = AuditEntry.objects.filter(object_type="rule").order_by("seq").values_list("action", "actor")
    assert list(trail) == [
        ("rule_begin", writer.scope.actor), ("rule_propose", writer.scope.actor), ("rule_approve", checker.scope.actor),
    ]  # fmt: skip


def test_it_is_switched_on_by_the_same_two_people_and_the_version_before_is_replaced(bench, writer, checker):
    first = proposed(bench, writer)
    approve_change(checker, bench, first.pk, first.version)
    second = propose_mode(writer, bench, CODE, "on", "影子两周表现正常")
    assert mode_of(read_triggers(bench.home, SHIPPED).rules[CODE].spec) == "shadow"
    approve_change(checker, bench, second.pk, second.version)
    assert mode_of(read_triggers(bench.home, SHIPPED).rules[CODE].spec) == "on"
    assert [c.stage for c in RuleChange.objects.order_by("pk")] == ["replaced", "approved"]


def test_a_rule_that_is_switched_off_watches_nothing(bench, writer, checker):
    change = propose_mode(writer, bench, CODE, "off", "活动已经结束")
    approve_change(checker, bench, change.pk, change.version)
    found = read_triggers(bench.home, SHIPPED)
    assert CODE not in found.rules
    assert CODE in found.asleep


def test_a_new_rule_is_written_under_its_own_name(bench, writer, checker):
    text = RULE_FILES.read(bench.home, CODE).replace("提前还款搜索未操作", "搜索还款计划")
    change = begin(RULE_TEXTS, writer, bench.home, "plan_search", text)
    replayed(writer, text, "plan_search")
    change = propose_change(writer, bench, change.pk, Proposal("新规则,先看影子"), change.version)
    assert not RULE_FILES.path(bench.home, "plan_search").exists()
    approve_change(checker, bench, change.pk, change.version)
    assert read_triggers(bench.home, SHIPPED).rules["plan_search"].spec.shadow


def test_nobody_decides_about_a_proposal_of_their_own_whatever_their_role(bench, writer, who):
    change = proposed(bench, writer)
    both = who("analyst", "HQ").scope
    promoted = Who(type(both)(both.actor, "compliance", None), writer.at)
    for decide in (lambda: approve_change(promoted, bench, change.pk, change.version),
                   lambda: refuse(RULE_TEXTS, promoted, change.pk, change.version, "不合适吧")):  # fmt: skip
        with pytest.raises(NotTheirs):
            decide()
    assert "at_least: 3" in RULE_FILES.read(bench.home, CODE)
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleChange.objects.filter(pk=change.pk).update(decided_by=change.author)


@pytest.mark.parametrize(("role", "branch"), [("rm", "NJ"), ("admin", "HQ"), ("compliance", "HQ"), ("analyst", "NJ")])
def test_only_analysts_of_the_head_office_write(bench, who, role, branch):
    with pytest.raises(NotAllowed):
        begin(RULE_TEXTS, who(role, branch, "S1" if role == "rm" else None), bench.home, CODE)


@pytest.mark.parametrize(("role", "branch"), [("rm", "NJ"), ("admin", "HQ"), ("analyst", "HQ"), ("branch_head", "NJ")])
def test_only_the_head_offices_head_and_compliance_decide(bench, writer, who, role, branch):
    change = proposed(bench, writer)
    somebody = who(role, branch, "S1" if role == "rm" else "S2")
    with pytest.raises(NotAllowed):
        approve_change(somebody, bench, change.pk, change.version)
    assert RuleChange.objects.get().stage == "proposed"


def test_a_refusal_says_why_and_the_author_goes_on_from_there(bench, writer, checker):
    change = proposed(bench, writer)
    with pytest.raises(YourMistake, match="reason"):
        refuse(RULE_TEXTS, checker, change.pk, change.version, " 否 ")
    change = refuse(RULE_TEXTS, checker, change.pk, change.version, "四次太少见,请给出数据")
    assert (change.stage, change.decided_by) == ("refused", checker.scope.actor)
    with pytest.raises(NoSuchStep):
        approve_change(checker, bench, change.pk, change.version)
    change = save(RULE_TEXTS, writer, change.pk, change.text, change.version)
    assert propose_change(writer, bench, change.pk, PLEASE, change.version).stage == "proposed"


def test_a_proposal_taken_back_can_be_given_up_and_then_nothing_more(bench, writer):
    change = proposed(bench, writer)
    with pytest.raises(NoSuchStep):
        discard(RULE_TEXTS, writer, change.pk, change.version)
    change = withdraw(RULE_TEXTS, writer, change.pk, change.version)
    change = discard(RULE_TEXTS, writer, change.pk, change.version)
    with pytest.raises(NoSuchStep):
        save(RULE_TEXTS, writer, change.pk, "x", change.version)


def test_somebody_else_does_not_touch_ones_draft(bench, writer, who):
    change = drafted(bench, writer)
    other = who("analyst", "HQ", "S9")
    with pytest.raises(NotTheirs):
        save(RULE_TEXTS, other, change.pk, "x", change.version)
    assert begin(RULE_TEXTS, other, bench.home, CODE).pk != change.pk


def test_one_decides_about_the_text_that_was_shown(bench, writer, checker):
    change = proposed(bench, writer)
    shown = change.version
    change = withdraw(RULE_TEXTS, writer, change.pk, change.version)
    change = save(RULE_TEXTS, writer, change.pk, change.text.replace("at_least: 4", "at_least: 5"), change.version)
    replayed(writer, change.text)
    propose_change(writer, bench, change.pk, PLEASE, change.version)
    with pytest.raises(Stale):
        approve_change(checker, bench, change.pk, shown)


def test_a_file_changed_on_the_server_stops_proposal_and_approval_until_it_is_taken_up(bench, writer, checker):
    change = proposed(bench, writer)
    path = RULE_FILES.path(bench.home, CODE)
    path.write_text(path.read_text(encoding="utf-8").replace("priority: 80", "priority: 81"), encoding="utf-8")
    with pytest.raises(FileMoved):
        approve_change(checker, bench, change.pk, change.version)
    assert "priority: 81" in RULE_FILES.read(bench.home, CODE)
    change = withdraw(RULE_TEXTS, writer, change.pk, change.version)
    with pytest.raises(FileMoved):
        propose_change(writer, bench, change.pk, PLEASE, change.version)
    change = rebase(RULE_TEXTS, writer, bench.home, change.pk, change.version)
    assert "priority: 81" in change.base
    change = propose_change(writer, bench, change.pk, PLEASE, change.version)
    assert approve_change(checker, bench, change.pk, change.version).stage == "approved"


def test_a_file_written_before_the_database_failed_is_approved_again(bench, writer, checker):
    change = proposed(bench, writer)
    RULE_FILES.path(bench.home, CODE).write_text(change.text, encoding="utf-8")
    assert approve_change(checker, bench, change.pk, change.version).stage == "approved"


def test_a_folder_that_cannot_be_written_leaves_everything_as_it_was(bench, writer, checker, monkeypatch):
    change = proposed(bench, writer)
    before = RULE_FILES.read(bench.home, CODE)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("liuke.whole_file.os.fsync", full)
    with pytest.raises(TryAgain, match="No space left"):
        approve_change(checker, bench, change.pk, change.version)
    assert RuleChange.objects.get().stage == "proposed"
    assert RULE_FILES.read(bench.home, CODE) == before
    assert not list((bench.home / "triggers").glob("*.new"))
    assert not AuditEntry.objects.filter(action="rule_approve").exists()


def test_what_cannot_be_proposed_says_why(bench, writer):
    def refused(text: str, asked: Proposal = PLEASE) -> str:
        change = begin(RULE_TEXTS, writer, bench.home, CODE)
        change = save(RULE_TEXTS, writer, change.pk, text, change.version)
        with pytest.raises(YourMistake) as error:
            propose_change(writer, bench, change.pk, asked, change.version)
        assert RuleChange.objects.get(pk=change.pk).stage == "draft"
        return error.value.said.code

    same = RULE_FILES.read(bench.home, CODE)
    changed = same.replace("at_least: 3", "at_least: 4")
    assert refused(same) == "nothing_changed"
    assert refused(same.replace("count: search", "count: serach")) == "no_event"
    assert refused(changed, Proposal("改")) == "reason_wanted"
    assert refused(changed) == "replay_first"
    replayed(writer, changed, share=0.5)
    assert refused(changed) == "confirm_wide"
    change = RuleChange.objects.get()
    change = propose_change(writer, bench, change.pk, Proposal("确要全量提醒", wide=True), change.version)
    assert parse_trigger(change.text, SHIPPED).spec.confirmed


def test_words_alone_need_no_replay_and_keep_the_mode(bench, writer):
    change = drafted(bench, writer, "priority: 80", "priority: 70")
    change = propose_change(writer, bench, change.pk, PLEASE, change.version)
    assert mode_of(parse_trigger(change.text, SHIPPED).spec) == "on"


def test_a_name_that_is_taken_or_none_is_refused(bench, writer):
    for code, text, said in (
        (CODE, "x", "code_taken"), ("../secret", "x", "no_code_name"), ("nosuch", None, "no_such_text"),
    ):  # fmt: skip
        with pytest.raises(YourMistake) as error:
            begin(RULE_TEXTS, writer, bench.home, code, text)
        assert error.value.said.code == said


def test_replays_are_followed_stopped_and_known_to_have_died(bench, writer, who):
    rule = parse_trigger(RULE_FILES.read(bench.home, CODE), SHIPPED, code=CODE)
    span = date(2026, 10, 1), date(2026, 10, 31)
    with pytest.raises(YourMistake):
        ask_replay(writer, rule, "x", span[1], span[0])
    one = ask_replay(writer, rule, "x", *span)
    assert not tell_replay(one.pk, 500, writer.at)
    stop_replay(writer, one.pk)
    assert tell_replay(one.pk, 900, writer.at)
    finish_replay(one.pk, "stopped", writer.at)
    finish_replay(one.pk, "done", writer.at, result={"share": 1.0})
    one.refresh_from_db()
    assert (one.state, one.events, one.result) == ("stopped", 900, None)
    two = ask_replay(writer, rule, "x", *span)
    found = latest_replay(CODE, writer.at + SILENT * 2)
    assert found is not None
    assert (found.pk, found.state, found.trouble) == (two.pk, "failed", "silent")


def test_only_so_many_replays_run_at_once(bench, writer, who):
    rule = parse_trigger(RULE_FILES.read(bench.home, CODE), SHIPPED, code=CODE)
    span = date(2026, 10, 1), date(2026, 10, 31)
    for n in range(2):
        ask_replay(who("analyst", "HQ", f"S{n + 5}"), rule, "x", *span)
    with pytest.raises(TryAgain):
        ask_replay(writer, rule, "x", *span)
