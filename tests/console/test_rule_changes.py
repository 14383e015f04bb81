"""Changing rules in the console: the check as one types, four eyes page by page, replays, and what each role sees."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from browsing import PHONE, WIDE, needs_browser, troubles
from small_bank import PASSWORD, _number

from liuke.act.bank_file import RULE_FILES
from liuke.collect.tracking.event import Rejected, Taken, TrackedEvent
from liuke.collect.tracking.log import IntakeLog
from liuke.collect.tracking.settings import LogSettings
from liuke.collect.tracking.status import beat
from liuke.state.accounts import ensure_user
from liuke.state.models import AuditEntry, RuleChange, RuleReplay, TriggerMatch
from liuke.wiring import open_house

ROOT = Path(__file__).resolve().parents[2]
WIDE_RULE = """name: {zh: 任何交易, en: Any transaction}
description: {zh: 任何交易, en: Any transaction}
owner: 测试
theme: care
condition: {when: transaction}
"""


@pytest.fixture
def ruled(own_bank: Path, monkeypatch: Any) -> Path:
    """A bank with the shipped rules, in which a replay runs at once and in this process."""
    from liuke.streaming.replay_job import run_job

    for folder in ("triggers", "events"):
        shutil.copytree(ROOT / "examples" / "bank" / folder, own_bank / folder)
    monkeypatch.setattr("liuke.wiring.asked_job._telling", Quiet)
    monkeypatch.setattr("liuke.console.views.rule_replays.start_job", lambda home, pk: run_job(open_house(home), pk))
    return own_bank


class Quiet:
    """In place of the teller beside the work: a test has one database connection."""

    def __init__(self, *_: Any) -> None: ...

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def begun(client: Any, code: str = "prepay_search") -> RuleChange:
    answer = client.post(f"/triggers/{code}/edit/")
    assert answer.status_code == 302
    return RuleChange.objects.get(pk=int(answer.url.strip("/").split("/")[-1]))


def step(client: Any, change: RuleChange, name: str, **form: str) -> Any:
    change.refresh_from_db()
    return client.post(f"/rule-changes/{change.pk}/{name}/", {"version": change.version, **form})


def changed(change: RuleChange) -> str:
    return change.text.replace("at_least: 3", "at_least: 2")


def proposed(client: Any) -> RuleChange:
    change = begun(client)
    client.post(f"/rule-changes/{change.pk}/replay/", {"text": changed(change)})
    answer = step(client, change, "propose", text=changed(change), note="两次就该提醒")
    assert answer.status_code == 302, answer.content.decode()
    change.refresh_from_db()
    return change


def test_from_the_first_letter_to_the_file_four_eyes_see_it(ruled, seen_by):
    writer, checker = seen_by("analyst"), seen_by("officer")
    change = proposed(writer)
    assert "at_least: 3" in RULE_FILES.read(ruled, "prepay_search")
    board = checker.get("/triggers/").content.decode()
    assert "待审批" in board
    assert "新建规则" not in board
    page = checker.get(f"/rule-changes/{change.pk}/").content.decode()
    assert "批准并生效" in page
    assert "两次就该提醒" in page
    assert "批准后影子运行" in page
    assert "rule-text" not in page
    assert step(checker, change, "approve").status_code == 302
    written = RULE_FILES.read(ruled, "prepay_search")
    assert "at_least: 2" in written
    assert "shadow: true" in written
    rule = seen_by("head").get("/triggers/prepay_search/").content.decode()
    assert "影子运行" in rule
    assert "钱分析" in rule
    assert "方合规" in rule
    assert list(AuditEntry.objects.filter(object_type="rule").order_by("seq").values_list("action", flat=True)) == [
        "rule_begin", "rule_propose", "rule_approve",
    ]  # fmt: skip


def test_switched_on_by_the_same_way_and_compared_with_the_version_before(ruled, seen_by):
    writer, checker = seen_by("analyst"), seen_by("officer")
    first = proposed(writer)
    step(checker, first, "approve")
    assert writer.post("/triggers/prepay_search/mode/", {"mode": "on", "note": "短"}).status_code == 422
    answer = writer.post("/triggers/prepay_search/mode/", {"mode": "on", "note": "影子一周正常"})
    second = RuleChange.objects.get(pk=int(answer.url.strip("/").split("/")[-1]))
    assert "批准后立即监听并派单" in checker.get(answer.url).content.decode()
    step(checker, second, "approve")
    assert "shadow: false" in RULE_FILES.read(ruled, "prepay_search")
    compared = writer.get("/triggers/prepay_search/compare/", {"one": first.pk, "other": 0})
    assert [(line.kind, line.text) for line in compared.context["diff"] if line.kind != "same"] == [
        ("gone", "shadow: true"), ("new", "shadow: false"),
    ]  # fmt: skip
    assert writer.get("/triggers/prepay_search/compare/", {"one": 999}).status_code == 404


def test_what_is_typed_is_read_by_what_reads_the_file(ruled, seen_by):
    client = seen_by("analyst")
    change = begun(client)

    def told(text: str) -> str:
        answer = client.post(f"/rule-changes/{change.pk}/check/", {"text": text})
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    fine = told(changed(change))
    assert "没有错误" in fine
    assert "7 天内「搜索」至少 2 次" in fine
    assert "关键词含 “提前还款”" in fine
    wrong = told(change.text.replace("count: search", "count: serach"))
    line = change.text.splitlines().index("  count: search") + 1
    assert "是不是“search”？" in wrong
    assert re.search(rf'data-lines="{line} *"', wrong)
    assert "不认识的键" in told(change.text.replace("cooldown:", "cooldwn:"))
    assert "不是合法的 YAML" in told("name: {zh: 甲")
    assert "最多 20000 个字符" in told("#" * 20_001)
    change.refresh_from_db()
    assert "serach" not in change.text


def test_a_text_that_is_wrong_can_be_kept_but_not_proposed_and_is_still_there(ruled, seen_by):
    client = seen_by("analyst")
    change = begun(client)
    broken = change.text.replace("count: search", "count: serach")
    assert step(client, change, "save", text=broken).status_code == 302
    answer = step(client, change, "propose", text=broken + "# 再看", note="两次就该提醒")
    assert answer.status_code == 422
    assert "是不是“search”？" in answer.content.decode()
    assert "# 再看" in answer.content.decode()


def test_no_meaning_goes_unreplayed_and_a_rule_for_everybody_is_confirmed(ruled, seen_by):
    client = seen_by("analyst")
    client.post("/rule-changes/new/", {"code": "any_transaction", "from": ""})
    change = RuleChange.objects.get(code="any_transaction")
    asked = {"text": WIDE_RULE, "note": "任何交易都看"}
    assert "提交审批前要先回放" in step(client, change, "propose", **asked).content.decode()
    replayed = client.post(f"/rule-changes/{change.pk}/replay/", {"text": WIDE_RULE})
    assert replayed.context["result"]["customers"] > 50
    assert "几乎对所有人触发" in replayed.content.decode()
    refused = step(client, change, "propose", **asked)
    assert refused.status_code == 422
    assert "勾选确认全量" in refused.content.decode()
    assert step(client, change, "propose", **asked, wide="yes").status_code == 302
    change.refresh_from_db()
    assert "confirmed: true" in change.text
    assert "已确认面向几乎所有客户" in seen_by("officer").get(f"/rule-changes/{change.pk}/").content.decode()


def test_a_replay_tells_load_and_shows_masked_customers_of_the_scope(ruled, seen_by):
    client = seen_by("analyst")
    change = begun(client)
    text = WIDE_RULE
    shown = client.post(f"/rule-changes/{change.pk}/replay/", {"text": text})
    body = shown.content.decode()
    assert dict(shown.context["desks"])["陆晓楠"] > 0
    assert shown.context["sample"]
    assert all(re.fullmatch(r"\*+\d{4}", row["customer_id"]) for row in shown.context["sample"])
    assert not any(_number(n) in body for n in range(90))
    assert AuditEntry.objects.filter(action="view_segment", object_id="trigger:prepay_search").exists()
    assert "这是条件改动之前的回放" in body
    bad = client.post(f"/rule-changes/{change.pk}/replay/", {"text": "name: 1"})
    assert "回放没有开始" in bad.content.decode()
    late = {"text": text, "first": "2026-02-01", "last": "2026-01-01"}
    assert "先早后晚" in client.post(f"/rule-changes/{change.pk}/replay/", late).content.decode()


def test_a_replay_under_way_is_followed_and_stopped(ruled, seen_by, monkeypatch):
    monkeypatch.setattr("liuke.console.views.rule_replays.start_job", lambda home, pk: None)
    client = seen_by("analyst")
    change = begun(client)
    begun_page = client.post(f"/rule-changes/{change.pk}/replay/", {"text": changed(change)}).content.decode()
    assert "正在回放" in begun_page
    assert 'hx-trigger="load delay:1s"' in begun_page
    assert "正在停止" in client.post(f"/rule-changes/{change.pk}/replay/stop/").content.decode()
    assert RuleReplay.objects.get().stop


def test_a_file_changed_on_the_server_is_told_before_anything_is_written_over_it(ruled, seen_by):
    writer, checker = seen_by("analyst"), seen_by("officer")
    change = proposed(writer)
    path = ruled / "triggers" / "prepay_search.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("priority: 80", "priority: 81"), encoding="utf-8")
    page = checker.get(f"/rule-changes/{change.pk}/").content.decode()
    assert "服务器上的文件已被改过" in page
    assert step(checker, change, "approve").status_code == 422
    assert "priority: 81" in RULE_FILES.read(ruled, "prepay_search")
    step(writer, change, "withdraw")
    assert "以现行文件为起点" in writer.get(f"/rule-changes/{change.pk}/").content.decode()
    step(writer, change, "rebase")
    change.refresh_from_db()
    assert "priority: 81" in change.base


def test_two_tabs_do_not_write_over_each_other(ruled, seen_by):
    client = seen_by("analyst")
    change = begun(client)
    old = change.version
    step(client, change, "save", text=change.text + "# 一\n")
    answer = client.post(f"/rule-changes/{change.pk}/save/", {"version": old, "text": "# 二\n"})
    assert answer.status_code == 409
    assert "刚被更新过" in answer.content.decode()
    assert "# 二" in answer.content.decode()


def test_the_author_does_not_decide_and_others_do_not_see_drafts(ruled, seen_by):
    change = begun(seen_by("analyst"))
    ensure_user("analyst2", role="analyst", password=PASSWORD, branch_id="HQ")
    for other in ("officer", "analyst2", "head"):
        assert seen_by(other).get(f"/rule-changes/{change.pk}/").status_code == 404
    step(seen_by("analyst"), change, "discard")
    mine = proposed(seen_by("analyst"))
    own = seen_by("analyst").get(f"/rule-changes/{mine.pk}/").content.decode()
    assert "批准并生效" not in own
    assert "撤回" in own
    for nobody in ("analyst", "analyst2", "head", "rm1"):
        assert step(seen_by(nobody), mine, "approve").status_code in (400, 403, 422)
    assert "at_least: 3" in RULE_FILES.read(ruled, "prepay_search")
    assert step(seen_by("officer"), mine, "refuse", reason="否").status_code == 422
    assert step(seen_by("officer"), mine, "refuse", reason="次数太少").status_code == 302
    assert "次数太少" in seen_by("analyst").get(f"/rule-changes/{mine.pk}/").content.decode()


@pytest.mark.parametrize("username", ["rm1", "root", "head", "officer"])
def test_only_those_who_may_edit_begin_anything(ruled, seen_by, username):
    client = seen_by(username)
    for path in ("/triggers/prepay_search/edit/", "/triggers/prepay_search/mode/", "/rule-changes/new/"):
        assert client.post(path, {"mode": "off", "note": "不该可以", "code": "x"}).status_code == 403
    assert not RuleChange.objects.exists()


def test_names_of_files_are_not_paths(ruled, seen_by):
    client = seen_by("analyst")
    for code in ("../loop", "prepay_search", "Bad", "", "a" * 65):
        assert client.post("/rule-changes/new/", {"code": code}).status_code == 422
    assert client.post("/triggers/..%2Floop/edit/").status_code == 404
    assert client.post("/triggers/nosuch/edit/").status_code == 404


def test_the_rules_lag_is_of_stored_matches_only(ruled, seen_by):
    from django.utils import timezone

    now = timezone.now()
    for n in range(100):
        TriggerMatch.objects.create(
            loop_id=f"L{n}", rule="prepay_search", version="1", customer_id="C", branch_id="NJ", matched_at=now,
            decided_at=now, fate="treated", numbers={"count": 1}, match_ms=n + 1, lag_ms=2 * (n + 1),
        )  # fmt: skip
    TriggerMatch.objects.create(
        loop_id="Lx", rule="prepay_search", version="1", customer_id="C", branch_id="NJ", matched_at=now,
        decided_at=now, fate="over_share", numbers={"count": 1},
    )  # fmt: skip
    [(_, hour), (_, day)] = seen_by("analyst").get("/triggers/prepay_search/").context["lags"]
    assert hour == day
    assert (hour.matches, hour.match_p50, hour.match_p99, hour.written_p50, hour.written_p99) == (100, 50, 99, 100, 198)
    assert seen_by("analyst").get("/triggers/login_drop/").context["lags"][0][1].written_p50 is None


def test_every_shipped_rule_has_words_in_both_languages(ruled, seen_by):
    client = seen_by("analyst")
    for code in (path.stem for path in (ruled / "triggers").glob("*.yaml")):
        assert client.get(f"/triggers/{code}/").context["tree"].text
    client.post("/language/", {"language": "en", "next": "/"})
    for code in ("login_drop", "application_abandoned", "complaint_then_outflow"):
        [words] = re.findall(r'<ul class="rule">(.*?)</ul><dl', client.get(f"/triggers/{code}/").content.decode(), re.S)
        assert not re.search(r"[\u4e00-\u9fff]", words)


def test_the_data_page_tells_who_collects_what_came_in_and_what_was_refused(ruled, seen_by):
    client = seen_by("root")
    assert client.get("/data/").context["intake"] is None
    shutil.copy(ROOT / "examples" / "bank" / "collect.yaml", ruled)
    now = time.time_ns() // 1000
    log = IntakeLog(ruled / "intake", LogSettings(), writing=True)
    event = TrackedEvent("e1", "login", now, now, "C1", None, "app", None, {}, "sensors:app")
    log.append(Taken([event], [], [Rejected("sensors:app", "sensors", 1, None, None, "json", "x", None, now)] * 3), now)
    beat(log, "triggers", now, position=0, rules=11, asleep=1, read_at=now, mistake="wrong key 'a'")
    log.close()
    page = client.get("/data/")
    text = " ".join(page.content.decode().split())
    assert page.context["intake"].workers["triggers"].behind == 1
    assert "落后 1 批" in text
    assert "11 条规则在监听" in text
    assert "wrong key" in text
    assert 'href="/data/quarantine/?source=sensors%3Aapp"' in text
    assert text.count("未启动过") == 2
    board = seen_by("analyst").get("/triggers/").content.decode()
    assert "触发引擎仍按改动前的规则运行" in board


@needs_browser
def test_the_editor_numbers_indents_checks_and_is_whole_in_both_sizes(ruled, opened, seen_by):
    from playwright.sync_api import expect

    change = begun(seen_by("analyst"))
    page = opened("analyst", WIDE, at=f"/rule-changes/{change.pk}/")
    page.wait_for_selector("#replay-state p")
    text = page.locator("#rule-text")
    expect(page.locator(".gutter div")).to_have_count(len(change.text.split("\n")))
    text.fill(change.text.replace("count: search", "count: serach"))
    wrong = change.text.splitlines().index("  count: search") + 1
    expect(page.locator(".gutter .wrong")).to_have_text([str(wrong)])
    text.fill("")
    text.press("Tab")
    text.press_sequentially("a:")
    text.press("Enter")
    text.press_sequentially("b")
    expect(text).to_have_value("  a:\n    b")
    text.press("Shift+Tab")
    expect(text).to_have_value("  a:\n  b")
    text.press("Escape")
    text.press("Tab")
    expect(text).not_to_be_focused()
    text.fill(changed(change))
    page.wait_for_selector("#verdict .notice.good")
    page.click("[data-opens=propose]")
    page.wait_for_selector("dialog[open]")
    assert troubles(page) == []
    page.keyboard.press("Escape")
    small = opened("analyst", PHONE, at=None)
    for path, rest in (
        (f"/rule-changes/{change.pk}/", "#replay-state p"), ("/rule-changes/new/", "#code"),
        ("/triggers/prepay_search/", "main .source"), ("/triggers/", "main .grid"),
    ):  # fmt: skip
        small.goto(path)
        small.wait_for_selector(rest)
        assert troubles(small, colours=True) == []
