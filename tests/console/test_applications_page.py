"""Applications at the counter, and the customer's own page: by code, over all channels, and nothing beyond."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import small_bank
from browsing import PHONE, WATCH, WIDE, needs_browser, troubles
from django.test import Client
from django.utils import timezone

from liuke.act.progress.application import Step
from liuke.act.progress.code import new_code, shown
from liuke.act.progress.guessing import PERSON
from liuke.act.progress.progress_policy import ProgressPolicy
from liuke.console.reading import house
from liuke.lake import Lake
from liuke.state.actions.change_order import Who
from liuke.state.actions.issue_progress_code import CodeWish, Holder, Issued, issue_progress_code
from liuke.state.actions.record_step import record_step
from liuke.state.models import Application, ApplicationStep, AuditEntry, User
from liuke.state.scopes import scope_for
from liuke.tables import EVENT

SeenBy = Callable[[str], Client]
MINE = small_bank._number(0)
"""A customer of rm1, in NJ."""


def who(username: str) -> Who:
    return Who(scope_for(User.objects.get(username=username)), timezone.now() - timedelta(days=3), "10.0.0.1")


@pytest.fixture
def begun(bank: object) -> Issued:
    """A loan begun on the app three days ago with two things typed in, its code with the customer."""
    rm, policy = who("rm1"), ProgressPolicy()
    holder = Holder(MINE, "陈一一", "13800005678", "NJ", "S1")
    made = issue_progress_code(rm, holder, CodeWish("loan_application", "app"), policy, house().pseudonym_key())
    for n, (channel, stage, fields) in enumerate((("app", "form", ("mobile", "income")), ("web", "identity", ()))):
        step = Step(f"b{n}", "application_step", rm.at + timedelta(seconds=n + 1), channel, stage, fields)
        later = Who(rm.scope, rm.at + timedelta(minutes=1), "")
        record_step(later, Application.objects.all(), made.application.application_id, step, policy)
    return made


def opened_by_code(client: Client, code: str) -> str:
    answer = client.post("/applications/look-up/", {"code": code})
    assert answer.status_code == 302
    return str(answer["Location"])


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


def test_a_code_opens_the_application_and_the_next_step_joins_its_timeline(begun: Issued, seen_by: SeenBy) -> None:
    client = seen_by("rm1")
    address = opened_by_code(client, shown(begun.code).lower())
    assert begun.code not in address
    text = client.get(address).content.decode()
    assert "陈**" in text
    assert "陈一一" not in text
    assert "带上身份证件核实身份" in text
    assert "换渠道，相隔" in text
    form = {"event_id": hidden(text, "event_id"), "version": hidden(text, "version"), "stage": "identity",
            "deed": "application_step", "field": ["mobile", "id_document"]}  # fmt: skip
    step = address.replace("/?", "/step/?")
    assert client.post(step, form).status_code == 302
    assert client.post(step, form).status_code == 302
    row = ApplicationStep.objects.order_by("-id").first()
    assert row is not None
    assert (row.channel, row.stage, row.actor, row.fields) == ("branch", "identity", "rm1", ["mobile", "id_document"])
    assert ApplicationStep.objects.count() == 4
    text = client.get(address).content.decode()
    assert "重复录入 手机号" in text
    stale = {**form, "event_id": "other"}
    assert client.post(step, stale).status_code == 409
    assert client.post(step, {**stale, "version": hidden(text, "version"), "deed": "x"}).status_code == 422
    assert client.post(step, {**stale, "version": hidden(text, "version"), "stage": "x"}).status_code == 422
    assert ApplicationStep.objects.count() == 4


def test_a_colleague_of_the_branch_needs_the_code_and_another_branch_has_no_way(begun: Issued, seen_by: SeenBy) -> None:
    plain = f"/applications/of/{begun.application.application_id}/"
    User.objects.create(username="rm2", role="rm", branch_id="NJ", staff_id="S2")
    colleague, stranger = seen_by("rm2"), seen_by("rm3")
    assert colleague.get(plain).status_code == 404
    address = opened_by_code(colleague, begun.code)
    assert colleague.get(address).status_code == 200
    assert seen_by("head").get(plain).status_code == 200
    assert stranger.get(address).status_code == 404
    assert stranger.post(address.replace("/?", "/step/?"), {"deed": "application_step"}).status_code == 404
    missed = stranger.post("/applications/look-up/", {"code": begun.code})
    nobody = stranger.post("/applications/look-up/", {"code": new_code()})
    assert missed.status_code == nobody.status_code == 404
    assert "没有找到" in missed.content.decode()
    for path in (f"/customers/{MINE}/applications/", "/applications/"):
        assert begun.application.application_id not in stranger.get(path).content.decode()
    assert stranger.post(f"/customers/{MINE}/applications/issue/", {"journey": "payment"}).status_code == 404
    assert Application.objects.count() == 1


def test_roles_that_serve_no_customers_have_no_such_page(begun: Issued, seen_by: SeenBy) -> None:
    for name in ("analyst", "officer"):
        assert seen_by(name).get("/applications/").status_code == 403
        assert seen_by(name).post("/applications/look-up/", {"code": begun.code}).status_code == 403
    assert Client().get("/applications/").status_code == 302
    assert seen_by("rm1").get("/applications/of/%00/").status_code == 400


def test_a_code_is_issued_from_the_customers_page_and_shown_once(bank: object, seen_by: SeenBy) -> None:
    client, path = seen_by("rm1"), f"/customers/{MINE}/applications/"
    assert path in client.get(f"/customers/{MINE}/").content.decode()
    text = client.post(f"{path}issue/", {"journey": "account_opening"}).content.decode()
    [code] = re.findall(r"\b[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}\b", text)
    row = Application.objects.get()
    assert (row.journey, row.channel, row.customer_id, row.issued_by) == ("account_opening", "branch", MINE, "rm1")
    assert code not in client.get(path).content.decode()
    again = {"journey": "account_opening", "application": row.application_id}
    assert "之前的码已作废" in client.post(f"{path}issue/", again).content.decode()
    assert client.post("/applications/look-up/", {"code": code}).status_code == 404
    assert client.post(f"{path}issue/", {"journey": "moon"}).status_code == 422
    assert client.post(f"{path}issue/", {**again, "application": "none"}).status_code == 404


def test_the_list_has_open_applications_of_the_own_customers_with_a_step_of_late(
    begun: Issued, seen_by: SeenBy
) -> None:
    client, name = seen_by("rm1"), begun.application.application_id
    assert name in client.get("/applications/").content.decode()
    assert name not in seen_by("rm3").get("/applications/").content.decode()
    for change in ({"status": "completed"}, {"status": "started", "last_step_at": timezone.now() - timedelta(days=91)}):
        Application.objects.update(**change)
        assert name not in client.get("/applications/").content.decode()
    assert client.get("/applications/?page=9").status_code == client.get("/applications/?page=x").status_code == 200


def test_every_look_at_an_application_is_audited(begun: Issued, seen_by: SeenBy) -> None:
    client = seen_by("rm1")
    before = AuditEntry.objects.count()
    client.get(opened_by_code(client, begun.code))
    client.get(f"/customers/{MINE}/applications/")
    rows = AuditEntry.objects.order_by("seq")[before:]
    assert [row.action for row in rows] == ["progress_look_up", "view_application", "view_customer"]
    assert all(row.object_id == MINE or row.data["customer_id"] == MINE for row in rows)


def test_who_guesses_at_the_counter_is_stopped_and_told_how_long(begun: Issued, seen_by: SeenBy) -> None:
    client = seen_by("rm1")
    answers = [client.post("/applications/look-up/", {"code": new_code()}) for _ in range(PERSON.free + 2)]
    assert [answer.status_code for answer in answers] == [404] * (PERSON.free + 1) + [429]
    assert "秒后再试" in answers[-1].content.decode()
    assert seen_by("rm1").post("/applications/look-up/", {"code": "000000000"}).status_code == 422


def test_the_customer_sees_the_stage_and_what_is_needed_and_nothing_else(begun: Issued) -> None:
    answer = Client().post("/progress/", {"code": shown(begun.code), "digits": "5678"})
    text = answer.content.decode()
    assert answer.status_code == 200
    for said in ("陈**", "贷款申请", "核实身份", "带上身份证件核实身份", "手机银行", "网点"):
        assert said in text
    for kept in (
        "陈一一",
        "5678",
        begun.code,
        shown(begun.code),
        MINE,
        begun.application.application_id,
        "客户经理",
        "收入",
    ):
        assert kept not in text
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store", "noindex, nofollow")
    assert "<script" not in text
    assert "sessionid" not in answer.cookies


def test_whatever_is_wrong_the_customer_is_told_the_same_and_then_to_wait(begun: Issued) -> None:
    said = set()
    for address, form in enumerate(
        ({"code": begun.code, "digits": "0000"}, {"code": new_code(), "digits": "5678"}, {"code": begun.code})
    ):
        answer = Client(REMOTE_ADDR=f"10.1.1.{address}").post("/progress/", form)
        assert answer.status_code == 404
        said.add(re.sub(r'value="[^"]*"', "", answer.content.decode()))
    assert len(said) == 1
    slip = Client().post("/progress/", {"code": "000-000-000", "digits": "5678"})
    assert (slip.status_code, "逐位核对" in slip.content.decode()) == (422, True)
    answers = [Client().post("/progress/", {"code": new_code(), "digits": "0000"}) for _ in range(PERSON.free + 2)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) >= 1


def test_a_bank_that_wants_no_such_page_has_none(own_bank: Any) -> None:
    (own_bank / "policies").mkdir(exist_ok=True)
    (own_bank / "policies" / "progress.yaml").write_text("customer_page: false\n", encoding="utf-8")
    assert Client().get("/progress/").status_code == 404


def test_the_customers_timeline_names_step_stage_and_channel(own_bank: Any, seen_by: SeenBy) -> None:
    at = timezone.now() - timedelta(days=2)
    said = '{"application": "A7", "journey": "loan_application", "stage": "%s", "status": "%s"}'
    told = [("application_started", "app", "form", "started"), ("application_status", "other", "review", "approved")]
    rows = [
        {"event_id": f"t{n}", "customer_id": MINE, "occurred_at": at, "event_name": name, "channel": channel,
         "properties": said % (stage, status)}
        for n, (name, channel, stage, status) in enumerate(told)
    ]  # fmt: skip
    Lake(own_bank / "lake").append(EVENT, small_bank._arrow(EVENT, rows), commit_id="test:steps")
    client = seen_by("rm1")
    lines = client.get(f"/customers/{MINE}/timeline/?kind=app&period=30").content.decode()
    for words in ("申请开始 · 填写申请", "贷款申请 · 手机银行", "进度变化 · 审批 · 已批准", "贷款申请 · 其他"):
        assert words in lines
    client.post("/language/", {"language": "en", "next": "/"})
    lines = client.get(f"/customers/{MINE}/timeline/?kind=app&period=30").content.decode()
    assert "Status changed · Review · Approved" in lines


@needs_browser
@pytest.mark.parametrize("view", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_counters_pages_are_whole_in_both_languages(
    begun: Issued, opened: Callable[..., Any], view: dict[str, int]
) -> None:
    page = opened("rm1", view, at=None)
    for language in ("zh-hans", "en"):
        page.goto("/applications/")
        page.click(f".tongue button[value={language}]")
        assert troubles(page) == []
        page.fill("#code", shown(begun.code).lower())
        page.keyboard.press("Enter")
        page.wait_for_selector(".rail")
        assert troubles(page) == []
        page.goto(f"/customers/{MINE}/applications/")
        page.locator(".stepform button").click()
        page.wait_for_selector(".bigcode")
        assert troubles(page) == []


@needs_browser
@pytest.mark.parametrize("view", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_customers_page_is_whole_in_both_languages_without_a_script(
    begun: Issued, browser: Any, live_server: Any, view: dict[str, int]
) -> None:
    context = browser.new_context(viewport=view, base_url=live_server.url)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.set_default_timeout(60_000)
    for language in ("zh-hans", "en"):
        page.goto("/progress/")
        page.click(f".tongue button[value={language}]")
        assert troubles(page) == []
        page.fill("#code", "000-000-000")
        page.fill("#digits", "5678")
        page.click(".btn.main")
        page.wait_for_selector("[role=alert]")
        assert troubles(page) == []
        page.fill("#code", shown(begun.code).lower().replace("-", " "))
        page.fill("#digits", "5678")
        page.click(".btn.main")
        page.wait_for_selector(".rail .now")
        assert troubles(page) == []
        assert begun.code not in page.url
    context.close()
