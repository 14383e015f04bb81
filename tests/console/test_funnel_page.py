"""分析: funnels within one's own scope, mistakes at their steps, kept views, lists and files masked and audited."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
import shopping
import small_bank
from browsing import PHONE, WIDE, needs_browser, troubles
from django.test import Client
from shopping import ANSWER, APPLIED, NANJING
from small_bank import PEOPLE, last_day

from liuke.console.reading import funnels
from liuke.state.models import AnalysisView, AuditEntry
from tests.night import nightly

SeenBy = Callable[[str], Client]
PATH = "/analysis/funnel/"
ASKED = "step=event:search&step=event:apply_start&window=7&unit=d"


@pytest.fixture
def shop(own_bank: Path) -> Path:
    """The bank with searches and applications of known people, and a segment."""
    shopping.stock(own_bank)
    return own_bank


def people_of(client: Client, query: str) -> list[str]:
    answer = client.get(f"{PATH}?{query}", headers=ANSWER)
    assert answer.status_code == 200
    return [row.people for row in answer.context["rows"]]


def test_the_figures_are_of_the_own_scope_whatever_the_address_says(shop: Path, seen_by: SeenBy) -> None:
    analyst, head = seen_by("analyst"), seen_by("head")
    assert people_of(analyst, ASKED) == [str(PEOPLE), str(len(APPLIED))]
    own = [str(len(NANJING)), str(len(set(APPLIED) & set(NANJING)))]
    assert own[0] != str(PEOPLE)
    assert people_of(head, ASKED) == own
    assert people_of(head, f"{ASKED}&branch=NJ") == own
    assert people_of(head, f"{ASKED}&branch=HZ") == ["0", "0"]
    assert people_of(head, f"{ASKED}&branch=HQ") == own
    assert people_of(analyst, f"{ASKED}&branch=NJ") == own


def test_who_sees_no_behaviour_opens_no_page_and_has_no_entry(shop: Path, seen_by: SeenBy) -> None:
    for name in ("rm1", "root"):
        client = seen_by(name)
        for path in ("/analysis/", PATH, f"/analysis/funnel/dropped/1/?{ASKED}", "/analysis/views/1/"):
            assert client.get(path).status_code == 403, (name, path)
        assert client.post(f"/analysis/views/save/funnel/?{ASKED}", {"name": "x"}).status_code == 403
        assert client.post(f"/analysis/funnel/export/csv/?{ASKED}").status_code == 403
        assert 'href="/analysis/"' not in client.get("/", follow=True).content.decode()
    assert 'href="/analysis/"' in seen_by("officer").get("/analysis/").content.decode()


def test_customers_of_a_segment_and_groups_of_the_scope_only(shop: Path, seen_by: SeenBy) -> None:
    client = seen_by("head")
    gold = [n for n in NANJING if small_bank.TIERS[n % len(small_bank.TIERS)] == "金卡"]
    assert people_of(client, f"{ASKED}&in=segment:gold")[0] == str(len(gold))
    answer = client.get(f"{PATH}?{ASKED}&by=attribute:branch_id", headers=ANSWER)
    assert [row.name for row in answer.context["groups"]] == ["南京鼓楼支行"]
    assert "杭州" not in answer.content.decode()


def test_conditions_narrow_a_step_and_small_groups_have_no_figures(shop: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    loans = [n for n in range(PEOPLE) if n % 4 == 0]
    asked = f"{ASKED}&at=1&what=product&op===&val=loan".replace("op===", "op=%3D%3D")
    assert people_of(client, asked)[0] == str(len(loans))
    web = [n for n in APPLIED if n % 10 == 0]
    assert 0 < len(web) < 10
    answer = client.get(f"{PATH}?{ASKED}&at=1&what=channel&op=%3D%3D&val=web", headers=ANSWER)
    first, second = answer.context["rows"]
    assert (first.people, second.people) == ("<10", "<10")
    assert (second.share, second.from_previous, second.median) == ("—", "—", "—")
    assert answer.context["chart"]["values"] == [None, None]


def test_a_step_may_be_any_of_several_things_with_the_same_conditions(shop: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    loan = "at=1&what=product&op=%3D%3D&val=loan"
    alone = f"step=event:apply_start&step=event:login&window=3&unit=d&{loan}"
    either = f"{alone}&orat=1&or=event:search"
    searched = [n for n in range(PEOPLE) if n % 4 == 0]
    assert people_of(client, alone)[0] == str(len(set(searched) & set(APPLIED)))
    answer = client.get(f"{PATH}?{either}", headers=ANSWER)
    first, second = answer.context["rows"]
    assert (first.people, first.name) == (str(len(searched)), "开始申请 或 搜索")
    assert 0 < int(second.people) < len(searched)
    listed = client.get(f"/analysis/funnel/dropped/1/?{either}").context
    found = client.post("/segments/draft/", {"rule": listed["rule"]}).context["preview"]
    assert found.members == listed["live"].members == len(searched) - int(second.people)
    wrong = client.get(f"{PATH}?{alone}&orat=2&or=event:serch", headers=ANSWER)  # though somebody logs in
    assert "search" in dict(wrong.context["wrong_steps"])[2][0].text


def test_a_mistake_is_told_at_its_step_and_the_page_goes_on(shop: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    wrong = client.get(f"{PATH}?step=event:search&step=event:aply_start", headers=ANSWER)
    told = dict(wrong.context["wrong_steps"])
    assert told[1] == []
    assert "apply_start" in told[2][0].text
    assert 'id="wrong-2"' in wrong.content.decode()
    window = client.get(f"{PATH}?{ASKED.replace('window=7', 'window=0')}", headers=ANSWER)
    assert "时长" in window.context["wrong_other"][0].text
    backwards = client.get(f"{PATH}?{ASKED}&days=own&first=2026-05-02&last=2026-05-01", headers=ANSWER)
    assert "早于" in backwards.context["wrong_other"][0].text
    column = client.get(f"{PATH}?{ASKED}&at=2&what=channel&op=%3C&val=5", headers=ANSWER)
    assert dict(column.context["wrong_steps"])[2] != []
    assert client.get(f"{PATH}?step=nonsense:x", headers=ANSWER).status_code == 200


def test_the_buttons_build_the_question_and_say_that_it_is_asked_anew(shop: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    part = {"HX-Request": "true", "HX-Target": "builder"}

    def steps_after(button: str, query: str) -> list[str]:
        answer = client.get(f"{PATH}?{query}&do={button}", headers=part)
        assert answer["HX-Trigger-After-Settle"] == "asked"
        return [step.token for step in answer.context["steps"]]

    assert steps_after("up-2", ASKED) == ["event:apply_start", "event:search"]
    assert steps_after("drop-1", ASKED) == ["event:apply_start"]
    assert len(steps_after("add", ASKED)) == 3
    moved = client.get(f"{PATH}?{ASKED}&at=2&what=product&op=%3D%3D&val=loan&do=up-2", headers=part)
    assert [len(step.conditions) for step in moved.context["steps"]] == [1, 0]


def test_every_state_has_an_address_that_opens_it_again(shop: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    query = f"{ASKED}&at=1&what=product&op=in&val=loan,card&not=event:login&after=1&before=&compare=1&by=column:channel"
    answer = client.get(f"{PATH}?{query}", headers=ANSWER | {"HX-Current-URL": f"http://testserver{PATH}"})
    assert answer.context["wrong_other"] == []
    here = answer["HX-Replace-Url"]
    assert parse_qs(urlsplit(here).query)["step"] == ["event:search", "event:apply_start"]
    again = client.get(here)
    assert [step.token for step in again.context["steps"]] == ["event:search", "event:apply_start"]
    assert again.context["compare"] is True
    same = client.get(here, headers=ANSWER | {"HX-Current-URL": f"http://testserver{here}"})
    assert "HX-Push-Url" not in same
    assert [row.people for row in same.context["rows"]] == [row.people for row in answer.context["rows"]]


def test_a_kept_view_is_asked_of_the_openers_customers(shop: Path, seen_by: SeenBy) -> None:
    analyst, head = seen_by("analyst"), seen_by("head")
    saved = analyst.post(f"/analysis/views/save/funnel/?{ASKED}", {"name": "申请", "shared": "1"})
    view = AnalysisView.objects.get()
    assert saved.status_code == 302
    assert (view.owner, view.version, view.shared) == ("analyst", 1, True)
    assert str(PEOPLE) not in view.text
    opened = head.get(f"/analysis/views/{view.pk}/")
    answer = head.get(opened["Location"], headers=ANSWER)
    assert answer.context["rows"][0].people == str(len(NANJING))
    assert answer.context["kept"].mine is False
    assert head.post(f"/analysis/views/{view.pk}/drop/", {"version": 1}).status_code == 422
    assert head.post(f"/analysis/views/{view.pk}/copy/", {"name": "我的"}).status_code == 302
    again = analyst.post(
        f"/analysis/views/save/funnel/?{ASKED}&compare=1", {"name": "申请", "view": view.pk, "version": 1}
    )  # fmt: skip
    assert again.status_code == 302
    view.refresh_from_db()
    assert (view.version, view.shared) == (2, False)
    assert head.get(f"/analysis/views/{view.pk}/").status_code == 404
    assert [old.version for old in analyst.get("/analysis/").context["rows"][0][5]] == [1]
    older = analyst.get(analyst.get(f"/analysis/views/{view.pk}/?version=1")["Location"])
    assert (older.context["compare"], older.context["kept"].changed) == (False, True)
    assert analyst.get(f"/analysis/views/{view.pk}/?version=9").status_code == 404
    assert [row[0].name for row in head.get("/analysis/").context["rows"]] == ["我的"]


def test_what_asks_nothing_is_not_kept(shop: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    assert client.post("/analysis/views/save/funnel/?step=event:search&window=0", {"name": "x"}).status_code == 422
    assert client.post(f"/analysis/views/save/funnel/?{ASKED}", {"name": ""}).status_code == 422
    assert client.post(f"/analysis/views/save/nothing/?{ASKED}", {"name": "x"}).status_code == 404
    assert AnalysisView.objects.count() == 0


def test_who_stopped_is_listed_masked_within_the_scope_and_audited(shop: Path, seen_by: SeenBy) -> None:
    client = seen_by("head")
    answer = client.get(f"/analysis/funnel/dropped/1/?{ASKED}")
    expected = sorted(set(NANJING) - set(APPLIED))
    assert answer.context["live"].members == len(expected)
    names = {small_bank._person(n, last_day())["name"] for n in range(PEOPLE)}
    assert not any(name in answer.content.decode() for name in names)
    entry = AuditEntry.objects.get(action="view_behaviour")
    assert (entry.actor, entry.object_id, entry.data["rows"]) == ("head", "funnel", len(answer.context["sample"]))
    assert "stopped_at: 1" in answer.context["rule"]
    assert client.get(f"/analysis/funnel/dropped/2/?{ASKED}").status_code == 404


def test_a_click_after_the_answer_reads_no_facts_again_and_another_scope_has_its_own_list(
    shop: Path, seen_by: SeenBy, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    analyst, head = seen_by("analyst"), seen_by("head")
    people_of(analyst, ASKED)
    people_of(head, ASKED)
    monkeypatch.setattr(funnels, "entrants", None)
    lists = {c: c.get(f"/analysis/funnel/dropped/1/?{ASKED}").context["live"].members for c in (analyst, head)}
    assert lists == {analyst: PEOPLE - len(APPLIED), head: len(set(NANJING) - set(APPLIED))}
    with pytest.raises(TypeError):
        head.get(f"/analysis/funnel/dropped/1/?{ASKED}&in=segment:gold")


def test_few_who_stopped_are_not_listed_to_roles_that_look_at_nobody(shop: Path, seen_by: SeenBy) -> None:
    few = f"{ASKED}&at=1&what=channel&op=%3D%3D&val=web"
    answer = seen_by("analyst").get(f"/analysis/funnel/dropped/1/?{few}")
    assert answer.context["withheld"] is True
    assert answer.context["sample"] == []
    assert not AuditEntry.objects.filter(action="view_behaviour").exists()


def test_files_carry_a_watermark_hide_small_groups_and_are_audited(shop: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    few = f"{ASKED}&at=1&what=channel&op=%3D%3D&val=web"
    text = client.post(f"/analysis/funnel/export/csv/?{few}").content.decode("utf-8-sig")
    assert "analyst" in text.splitlines()[0]
    assert "搜索,<10" in text
    book = openpyxl.load_workbook(io.BytesIO(client.post(f"/analysis/funnel/export/xlsx/?{ASKED}").content))
    sheet = book.worksheets[0]
    assert "analyst" in sheet["A1"].value
    assert [sheet["A3"].value, sheet["B3"].value, sheet["B4"].value] == ["搜索", PEOPLE, len(APPLIED)]
    assert client.post(f"/analysis/funnel/export/png/?{ASKED}").status_code == 204
    assert client.post(f"/analysis/funnel/export/exe/?{ASKED}").status_code == 404
    log = AuditEntry.objects.filter(action="export").order_by("seq").values_list("object_id", flat=True)
    assert list(log) == ["funnel:csv", "funnel:xlsx", "funnel:png"]
    assert seen_by("officer").post(f"/analysis/funnel/export/csv/?{ASKED}").status_code == 403


@pytest.mark.parametrize("more", ["", "&in=segment:gold", "&branch=NJ", "&days=own&first={day}&last={day}"])
def test_the_list_can_be_kept_as_a_segment_of_just_these_customers(
    shop: Path, seen_by: SeenBy, more: str
) -> None:  # fmt: skip
    query = ASKED + more.format(day=last_day() - timedelta(days=12))
    for name in ("analyst", "head"):
        client = seen_by(name)
        listed = client.get(f"/analysis/funnel/dropped/1/?{query}").context
        found = client.post("/segments/draft/", {"rule": listed["rule"]}).context["preview"]
        assert [f for f in found.findings if f.severity == "stop"] == []
        assert found.members == listed["live"].members > 0
    (shop / "segments" / "stopped.yaml").write_text(listed["rule"], encoding="utf-8")
    page = seen_by("analyst").get("/segments/of/stopped/").content.decode()
    assert "并停在第1步「搜索」" in page


def test_before_the_first_run_the_page_says_so(own_bank: Path, seen_by: SeenBy, tmp_path: Path, settings: Any) -> None:
    from liuke.console.reading import close_all

    settings.HOME = small_bank.make_home(tmp_path / "fresh", last_day())
    close_all()
    assert "第一次日批之后" in seen_by("analyst").get(PATH).content.decode()


@needs_browser
@pytest.mark.parametrize("view", [WIDE, pytest.param(PHONE, marks=nightly)])
def test_a_funnel_is_built_in_a_browser_of_either_width(
    shop: Path, opened: Callable[..., Any], view: dict[str, int]
) -> None:
    from playwright.sync_api import expect

    expect.set_options(timeout=60_000)  # the first answer compiles its loops
    page = opened("analyst", view, at=f"{PATH}?{ASKED}")
    expect(page.locator("#answer tbody tr")).not_to_have_count(0)
    page.locator("#answer canvas").first.wait_for()
    assert troubles(page) == []
    if view is PHONE:
        page.locator(".fold > summary").click()
    page.locator("#add").click()
    expect(page.locator("#step-3")).to_be_focused()
    expect(page.locator("#answer table").first.locator("tbody tr")).to_have_count(3)
    page.locator("#up-3").click()
    expect(page.locator("#up-2")).to_be_focused()
    expect(page.locator("#answer table").first.locator("tbody tr").nth(1)).to_contain_text("登录")
    drag(page, 3, 1)
    expect(page.locator("#step-1")).to_be_focused()
    expect(page.locator("#answer table").first.locator("tbody tr").first).to_contain_text("开始申请")
    page.go_back()
    expect(page.locator("#answer table").first.locator("tbody tr").nth(1)).to_contain_text("登录")
    page.go_back()
    expect(page.locator("#answer table").first.locator("tbody tr").nth(2)).to_contain_text("登录")
    expect(page.locator("#answer table").first.locator("tbody tr")).to_have_count(3)
    page.go_back()
    expect(page.locator("#answer table").first.locator("tbody tr")).to_have_count(2)
    page.locator("a[data-step='2']").click()
    page.locator(".drawer").wait_for()
    assert troubles(page) == []


def drag(page: Any, step: int, to: int) -> None:
    """The step's number, to the place of another."""
    numbers = page.locator("[data-drags]")
    numbers.nth(step - 1).scroll_into_view_if_needed()
    grip, place = (numbers.nth(n - 1).bounding_box() for n in (step, to))
    page.mouse.move(grip["x"] + 9, grip["y"] + 9)
    page.mouse.down()
    page.mouse.move(place["x"] + 9, place["y"] - 20, steps=3)
    page.mouse.up()
