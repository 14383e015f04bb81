"""Changing the bank's files in the console: the check as one types, four eyes, what is written and when."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import shopping
from browsing import PHONE, WIDE, needs_browser, troubles

from liuke.act.bank_file import CAMPAIGN_FILES, OFFER_FILES, SEGMENT_FILES
from liuke.act.campaigns.bank_campaigns import read_bank_campaigns
from liuke.state.models import AuditEntry, CampaignState, TextChange
from tests.act.campaigns.reading import written
from tests.night import nightly

ROOT = Path(__file__).resolve().parents[2]
CODE = "deposit_idle_cash"


@pytest.fixture
def shelved(own_bank: Path) -> Path:
    """A bank with the shipped segments, tags, rules, offers and campaigns."""
    for folder in ("offers", "segments", "tags", "triggers", "campaigns"):
        shutil.copytree(ROOT / "examples" / "bank" / folder, own_bank / folder)
    return own_bank


def begun(client: Any, what: str, code: str, source: str = "") -> TextChange:
    if source:
        answer = client.post(f"/texts/{what}/new/", {"code": code, "from": source})
    else:
        answer = client.post(f"/texts/{what}/edit/{code}/")
    assert answer.status_code == 302, answer.content.decode()
    return TextChange.objects.get(pk=int(answer.url.strip("/").split("/")[-1]))


def step(client: Any, change: TextChange, name: str, **form: str) -> Any:
    change.refresh_from_db()
    return client.post(f"/text-changes/{change.pk}/{name}/", {"version": change.version, **form})


def proposed(client: Any, change: TextChange, text: str, **form: str) -> TextChange:
    answer = step(client, change, "propose", text=text, note="年中问候老客户", **form)
    assert answer.status_code == 302, answer.content.decode()
    change.refresh_from_db()
    return change


def read(client: Any, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return " ".join(answer.content.decode().split())


def stage(code: str) -> str | None:
    return CampaignState.objects.filter(code=code).values_list("stage", flat=True).first()


def test_a_new_campaign_goes_from_a_template_to_its_file_and_is_approved_with_it(shelved, seen_by):
    writer, checker = seen_by("analyst"), seen_by("officer")
    assert "新建活动" in read(writer, "/campaigns/")
    assert "产品使用指导" in read(writer, "/texts/campaign/new/")
    change = begun(writer, "campaign", "hello", "product_guidance")
    text = written()
    seen = writer.post(f"/text-changes/{change.pk}/tried/", {"text": text})
    assert seen.context["seen"].messages > 50
    proposed(writer, change, text)
    assert not CAMPAIGN_FILES.path(shelved, "hello").exists()
    assert stage("hello") is None
    assert "待审批" in read(checker, "/campaigns/")
    page = read(checker, f"/text-changes/{change.pk}/")
    assert "批准并生效" in page
    assert "年中问候老客户" in page
    assert "rule-text" not in page
    assert step(writer, change, "approve").status_code == 422
    assert step(checker, change, "approve").status_code == 302
    assert CAMPAIGN_FILES.read(shelved, "hello") == text
    row = CampaignState.objects.get(code="hello")
    made = read_bank_campaigns(shelved).campaigns["hello"]
    assert (row.stage, row.text_version) == ("approved", made.version)
    assert (row.author, row.decided_by, row.preview["messages"] > 50) == ("analyst", "officer", True)
    actions = AuditEntry.objects.filter(object_id="hello").order_by("seq").values_list("action", "actor")
    assert list(actions) == [
        ("campaign_text_begin", "analyst"), ("campaign_text_propose", "analyst"), ("campaign_text_approve", "officer"),
        ("campaign_approve", "officer"),
    ]  # fmt: skip


def test_what_is_typed_is_read_by_what_reads_the_file(shelved, seen_by):
    client = seen_by("analyst")
    change = begun(client, "campaign", "silent_wake_up")

    def told(text: str) -> str:
        answer = client.post(f"/text-changes/{change.pk}/check/", {"text": text})
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    fine = told(change.text)
    assert "没有错误" in fine
    assert "沉默唤醒" in fine
    assert "想了解您近期使用本行服务有无不便" in fine
    wrong = told(change.text.replace("segment: silent", "segment: silnt"))
    line = next(n for n, row in enumerate(change.text.splitlines(), 1) if "segment: silent" in row)
    assert "是不是“silent”？" in wrong
    assert re.search(rf'data-lines="{line} *"', wrong)
    assert "不合规，不能提交" in told(change.text.replace("想了解您", "稳赚不赔,想了解您"))
    assert "不是合法的 YAML" in told("name: {zh: 甲")
    change.refresh_from_db()
    assert "silnt" not in change.text


def test_what_cannot_be_proposed_is_told_and_what_was_typed_is_still_there(shelved, seen_by):
    client = seen_by("analyst")
    change = begun(client, "campaign", "hello", "birthday_care")
    for text, note, says in (
        (written(rate={"perday": 1}), "年中问候老客户", "是不是“per_day”？"),
        (written(), "短", "请写明理由"),
        (written(arms={"one": {"channel": "sms", "message_class": "service",
                               "wording": {"zh": "稳赚不赔", "en": "x"}}}), "年中问候老客户", "稳赚"),
        (written(arms={"one": {"channel": "sms", "message_class": "marketing", "purpose": "marketing",
                               "wording": {"zh": "您好", "en": "x"}}}), "年中问候老客户", "勾选确认"),
    ):  # fmt: skip
        answer = step(client, change, "propose", text=text + "# 再看", note=note)
        assert answer.status_code == 422
        assert says in answer.content.decode()
        assert "# 再看" in answer.content.decode()
    change.refresh_from_db()
    assert change.stage == "draft"
    assert not CAMPAIGN_FILES.path(shelved, "hello").exists()


def test_a_campaign_at_work_goes_on_as_it_was_until_the_new_text_is_approved(shelved, seen_by):
    writer, checker = seen_by("analyst"), seen_by("officer")
    CAMPAIGN_FILES.write(shelved, "hello", written())
    old = read_bank_campaigns(shelved).campaigns["hello"].version
    CampaignState.objects.create(
        code="hello", text_version=old, stage="running", author="analyst", decided_by="officer",
        changed_at="2026-06-01T00:00Z",
    )  # fmt: skip
    change = proposed(writer, begun(writer, "campaign", "hello"), written(priority=2))
    assert CAMPAIGN_FILES.read(shelved, "hello") == written()
    assert CampaignState.objects.values_list("stage", "text_version").get() == ("running", old)
    assert "文本已改" not in read(writer, "/campaigns/")
    assert step(checker, change, "approve").status_code == 302
    new = read_bank_campaigns(shelved).campaigns["hello"].version
    assert CampaignState.objects.values_list("stage", "text_version").get() == ("approved", new)
    assert new != old


def test_a_disk_that_refuses_leaves_file_proposal_and_campaign_as_they_were(shelved, seen_by, monkeypatch):
    change = proposed(seen_by("analyst"), begun(seen_by("analyst"), "campaign", "hello", "birthday_care"), written())

    def full(_path: Path) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("liuke.act.bank_file.whole_file", full)
        assert step(seen_by("officer"), change, "approve").status_code == 422
    change.refresh_from_db()
    assert (change.stage, stage("hello")) == ("proposed", None)
    assert not CAMPAIGN_FILES.path(shelved, "hello").exists()
    assert not AuditEntry.objects.filter(action__in=("campaign_approve", "campaign_text_approve")).exists()
    assert step(seen_by("officer"), change, "approve").status_code == 302
    assert stage("hello") == "approved"


def test_a_file_changed_on_the_server_is_told_before_anything_is_written_over_it(shelved, seen_by):
    writer, checker = seen_by("analyst"), seen_by("officer")
    CAMPAIGN_FILES.write(shelved, "hello", written())
    change = proposed(writer, begun(writer, "campaign", "hello"), written(priority=2))
    CAMPAIGN_FILES.write(shelved, "hello", written(priority=3))
    assert "服务器上的文件已被改过" in read(checker, f"/text-changes/{change.pk}/")
    assert step(checker, change, "approve").status_code == 422
    assert CAMPAIGN_FILES.read(shelved, "hello") == written(priority=3)
    step(writer, change, "withdraw")
    step(writer, change, "rebase")
    change.refresh_from_db()
    assert (change.base, change.text) == (written(priority=3), written(priority=2))


def test_two_tabs_do_not_write_over_each_other_and_others_do_not_see_drafts(shelved, seen_by):
    client = seen_by("analyst")
    change = begun(client, "offer", CODE)
    old = change.version
    step(client, change, "save", text=change.text + "# 一\n")
    answer = client.post(f"/text-changes/{change.pk}/save/", {"version": old, "text": "# 二\n"})
    assert answer.status_code == 409
    assert "# 二" in answer.content.decode()
    for other in ("officer", "head"):
        assert seen_by(other).get(f"/text-changes/{change.pk}/").status_code == 404


@pytest.mark.parametrize("username", ["rm1", "root", "head", "officer"])
def test_only_those_who_may_edit_begin_anything(shelved, seen_by, username):
    client = seen_by(username)
    for path in (f"/texts/offer/edit/{CODE}/", "/texts/campaign/edit/birthday_care/", "/texts/campaign/new/"):
        assert client.post(path, {"code": "x", "from": "birthday_care"}).status_code == 403
    assert not TextChange.objects.exists()


def test_names_of_files_are_not_paths(shelved, seen_by):
    client = seen_by("analyst")
    for code in ("../loop", "birthday_care", "Bad", "", "a" * 65):
        assert client.post("/texts/campaign/new/", {"code": code, "from": "birthday_care"}).status_code == 422
    assert client.post("/texts/campaign/edit/..%2Floop/").status_code == 404
    assert client.post("/texts/policy/edit/loop/").status_code == 404


def test_an_offer_is_approved_by_who_approves_it_whatever_its_text_claims(shelved, seen_by):
    writer, checker = seen_by("analyst"), seen_by("officer")
    change = begun(writer, "offer", CODE)
    claims = re.sub(r"approval: .*", "approval: {state: approved, by: 钱分析, day: 2026-01-01}", change.text)
    text = claims.replace('version: "1"', 'version: "2"')
    assert text != change.text
    proposed(writer, change, text)
    assert OFFER_FILES.read(shelved, CODE) == change.base
    reaches = dict(checker.post(f"/text-changes/{change.pk}/tried/").context["reaches"])
    assert len(reaches) == len(change.text.split("channels: [")[1].split("]")[0].split(","))
    assert step(checker, change, "approve").status_code == 302
    now = OFFER_FILES.read(shelved, CODE)
    assert 'version: "2"' in now
    assert "方合规" in now
    assert "钱分析" not in now
    change.refresh_from_db()
    assert (change.stage, change.text) == ("approved", now)


def test_an_offer_that_would_collide_or_say_what_may_not_be_said_is_not_proposed(shelved, seen_by):
    client = seen_by("analyst")
    change = begun(client, "offer", "second", CODE)
    collides = step(client, change, "propose", text=change.text, note="再来一个一样的")
    assert collides.status_code == 422
    assert "有效期重叠" in collides.content.decode()
    loud = change.text.replace("theme: ", "theme: x_").replace('zh: "', 'zh: "保本高收益,')
    refused = step(client, change, "propose", text=loud, note="再来一个一样的")
    assert refused.status_code == 422
    assert "不得对客户说“保本”" in refused.content.decode()


def test_whoever_changes_an_offer_is_told_which_campaigns_halt(shelved, seen_by):
    page = read(seen_by("analyst"), f"/text-changes/{begun(seen_by('analyst'), 'offer', 'silent_return').pk}/")
    assert "用到它的活动会停下，直到重新获批：沉默唤醒" in page.replace("</div>", "")


STOPPED = "/analysis/funnel/dropped/1/?step=event:search&step=event:apply_start&window=7&unit=d"


def test_a_list_becomes_the_file_of_a_segment_that_has_just_these_customers(own_bank, seen_by):
    shopping.stock(own_bank)
    writer, checker = seen_by("analyst"), seen_by("officer")
    listed = writer.get(STOPPED)
    assert "/texts/segment/new/" in listed.content.decode()
    form = writer.post("/texts/segment/new/", {"rule": listed.context["rule"]})
    assert form.context["code"] == "stopped_at_searched"
    answer = writer.post("/texts/segment/new/", {"rule": form.context["given"], "code": form.context["code"]})
    change = TextChange.objects.get()
    assert answer.url == f"/text-changes/{change.pk}/"
    assert writer.post(f"/text-changes/{change.pk}/tried/").context["sized"].members == listed.context["live"].members
    proposed(writer, change, change.text)
    assert not SEGMENT_FILES.path(own_bank, "stopped_at_searched").exists()
    assert "stopped_at_searched" in read(checker, "/segments/")
    assert "停在「搜索」" not in read(checker, "/segments/")
    assert step(writer, change, "approve").status_code == 422
    assert step(checker, change, "approve").status_code == 302
    assert SEGMENT_FILES.read(own_bank, "stopped_at_searched") == change.text
    assert "停在「搜索」" in read(checker, "/segments/")
    live = writer.get("/segments/of/stopped_at_searched/live/").context["live"]
    assert live.members == listed.context["live"].members > 0
    actions = AuditEntry.objects.filter(object_type="segment_text").order_by("seq").values_list("action", "actor")
    assert list(actions) == [
        ("segment_text_begin", "analyst"), ("segment_text_propose", "analyst"), ("segment_text_approve", "officer"),
    ]  # fmt: skip
    again = writer.post("/texts/segment/new/", {"rule": change.text})
    assert again.context["code"] == "stopped_at_searched_2"


def test_a_segment_is_changed_in_its_own_file_and_says_which_campaigns_halt(shelved, seen_by):
    writer, checker = seen_by("analyst"), seen_by("officer")
    assert "修改" in read(writer, "/segments/of/silent/")
    assert "修改" not in read(checker, "/segments/of/silent/").split("<main")[1]
    change = begun(writer, "segment", "silent")
    old = change.text
    only_words = writer.post(f"/text-changes/{change.pk}/check/", {"text": old.replace("owner: ", "owner: 新")})
    assert "没有错误" in only_words.content.decode()
    assert "用到它的活动会停下" not in only_words.content.decode()
    rule = "rule: {attribute: age, op: '>=', value: 30}\n"
    text = old[: old.index("rule:")] + rule
    told = writer.post(f"/text-changes/{change.pk}/check/", {"text": text}).content.decode()
    assert "沉默唤醒" in told
    sized = writer.post(f"/text-changes/{change.pk}/tried/", {"text": text}).context["sized"]
    assert sized.before is not None
    assert sized.before != sized.members
    proposed(writer, change, text)
    assert step(checker, change, "approve").status_code == 302
    assert SEGMENT_FILES.read(shelved, "silent") == text


def test_segments_that_would_go_in_a_circle_are_not_proposed_and_a_broken_file_is_mended_beside_others(
    shelved, seen_by
):  # fmt: skip
    client = seen_by("analyst")
    words = "name: {{zh: {0}, en: {0}}}\ndescription: {{zh: x, en: x}}\nowner: x\nrule: {1}\n"
    SEGMENT_FILES.write(shelved, "one", words.format("one", "{segment: silent}"))
    SEGMENT_FILES.write(shelved, "broken", words.format("broken", "{segmnt: silent}"))
    around = begun(client, "segment", "silent")
    answer = step(client, around, "propose", text=words.format("silent", "{segment: one}"), note="绕一圈看看")
    assert answer.status_code == 422
    assert "silent" in answer.content.decode()
    around.refresh_from_db()
    assert around.stage == "draft"
    mended = proposed(client, begun(client, "segment", "broken"), words.format("broken", "{segment: one}"))
    assert step(seen_by("officer"), mended, "approve").status_code == 302
    assert "标签或客群文件有误" not in read(client, "/segments/")


def test_who_may_not_edit_tries_a_list_out_and_keeps_nothing(own_bank, seen_by):
    shopping.stock(own_bank)
    for username in ("head", "officer"):
        client = seen_by(username)
        page = client.get(STOPPED).content.decode()
        assert "/segments/draft/" in page
        assert "/texts/segment/new/" not in page
        assert "/texts/segment/new/" not in read(client, "/segments/draft/")
        for path in ("/texts/segment/new/", "/texts/segment/edit/gold/"):
            assert client.post(path, {"code": "x", "rule": "x"}).status_code == 403
    assert not TextChange.objects.exists()


def test_a_file_with_a_mistake_is_told_beside_the_others_and_mended_here(shelved, seen_by):
    writer, checker = seen_by("analyst"), seen_by("officer")
    CAMPAIGN_FILES.write(shelved, "hello", written(rate={"perday": 1}))
    board = read(writer, "/campaigns/")
    assert "campaigns/hello.yaml 有误" in board
    assert "是不是“per_day”？" in board
    assert "沉默唤醒" in board
    assert "修改" in read(writer, "/campaigns/hello/")
    assert "修改" not in read(checker, "/campaigns/hello/").split("<main")[1]
    change = proposed(writer, begun(writer, "campaign", "hello"), written())
    assert step(checker, change, "approve").status_code == 302
    assert "campaigns/hello.yaml 有误" not in read(writer, "/campaigns/")


@needs_browser
@pytest.mark.parametrize("what", [pytest.param("campaign", marks=nightly), "offer"])
def test_the_editor_checks_previews_and_is_whole_in_both_sizes_and_languages(shelved, opened, seen_by, what):
    from playwright.sync_api import expect

    expect.set_options(timeout=60_000)  # a preview asks the gates of everybody
    code = {"campaign": "silent_wake_up", "offer": CODE}[what]
    change = begun(seen_by("analyst"), what, code)
    page = opened("analyst", WIDE, at=f"/text-changes/{change.pk}/")
    expect(page.locator("#tried table, #previewed .facts").first).to_be_visible()
    assert troubles(page) == []
    page.locator("#rule-text").fill(change.text.replace("version:", "versoin:"))
    wrong = next(n for n, row in enumerate(change.text.splitlines(), 1) if row.startswith("version:"))
    expect(page.locator(".gutter .wrong")).to_have_text([str(wrong)])
    expect(page.locator("#verdict")).to_contain_text("是不是“version”？")
    page.locator("#rule-text").fill(change.text + "# 看看\n")
    expect(page.locator("#verdict")).to_contain_text("没有错误")
    page.click("text=保存草稿")
    expect(page.locator("#rule-text")).to_have_value(change.text + "# 看看\n")
    page.set_viewport_size(PHONE)
    page.click("button[value=en]")
    page.wait_for_selector("html[lang=en]")
    expect(page.locator("#tried table, #previewed .facts").first).to_be_visible()
    assert troubles(page) == []
    assert not re.search(r"[\u4e00-\u9fff]", page.inner_text("#rule-form .ends-line") + page.inner_text("#tried"))
