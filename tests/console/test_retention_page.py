"""分析: retention within one's own scope: cells, mean, assets kept, who stands behind a cell, files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import shopping
from browsing import PHONE, WIDE, needs_browser, troubles
from django.test import Client
from shopping import ANSWER, APPLIED, NANJING
from small_bank import PEOPLE, last_day

from liuke.state.models import AnalysisView, AuditEntry
from tests.night import nightly

SeenBy = Callable[[str], Client]
PATH = "/analysis/retention/"
DAY = (last_day() - timedelta(days=12)).isoformat()
ASKED = f"step=event:search&step=event:apply_start&every=day&periods=3&days=own&first={DAY}&last={DAY}"


@pytest.fixture
def shop(own_bank: Path) -> Path:
    """The bank with searches and applications of known people, and a segment."""
    shopping.stock(own_bank)
    return own_bank


def first_row(client: Client, query: str) -> Any:
    return client.get(f"{PATH}?{query}", headers=ANSWER).context["heat"][0]


def test_cells_are_of_the_own_scope_whatever_the_address_says(shop: Path, seen_by: SeenBy) -> None:
    row = first_row(seen_by("analyst"), ASKED)
    assert row.people == str(PEOPLE)
    assert row.cells[0].value == pytest.approx(len(APPLIED) / PEOPLE)
    head = seen_by("head")
    own = first_row(head, ASKED)
    assert own.people == str(len(NANJING))
    assert own.cells[0].value == pytest.approx(len(set(APPLIED) & set(NANJING)) / len(NANJING))
    assert head.get(f"{PATH}?{ASKED}&branch=HZ", headers=ANSWER).context["answer"].reading.people == 0


def test_the_period_before_stands_beside_or_is_said_to_be_missing(shop: Path, seen_by: SeenBy) -> None:
    client, day = seen_by("analyst"), last_day()
    alone = client.get(f"{PATH}?{ASKED}&compare=1", headers=ANSWER).context
    assert (alone["answer"].is_alone, alone["rows"][0].before) == (True, "—")
    weeks = "step=event:login&every=day&periods=3&kind=recurring&days=own"
    asked = f"{weeks}&first={day - timedelta(days=9)}&last={day - timedelta(days=5)}&compare=1"
    rows = client.get(f"{PATH}?{asked}", headers=ANSWER).context["rows"]
    earlier = f"{weeks}&first={day - timedelta(days=14)}&last={day - timedelta(days=10)}"
    then = client.get(f"{PATH}?{earlier}", headers=ANSWER).context["rows"]
    told = [row for row in rows if row.change]
    assert told != []
    assert [row.before for row in rows] == [row.retained for row in then]
    for row in told:
        gap = float(row.retained.rstrip("%")) - float(row.before.rstrip("%"))
        assert float(row.change) == pytest.approx(gap, abs=0.11)
    text = client.post(f"{PATH}export/csv/?{asked}").content.decode("utf-8-sig")
    assert "上期留存率,与上期之差" in text


def test_conditions_hold_for_the_return_and_small_cells_have_no_figure(shop: Path, seen_by: SeenBy) -> None:
    row = first_row(seen_by("analyst"), f"{ASKED}&at=2&what=channel&op=%3D%3D&val=web")
    assert row.people == str(PEOPLE)
    assert (row.cells[0].value, row.cells[0].text) == (None, "—")
    assert row.cells[1].value == 0


def test_coming_back_may_be_any_of_several_things(shop: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    either = f"{ASKED}&orat=2&or=event:search&at=2&what=product&op=%3D%3D&val=loan"
    loans = len([n for n in range(PEOPLE) if n % 4 == 0])
    assert first_row(client, either).cells[0].value == pytest.approx(loans / PEOPLE)
    listed = client.get(f"{PATH}cell/?{either}&cohort=0&k=0&came=1").context
    assert listed["live"].members == loans
    assert client.post("/segments/draft/", {"rule": listed["rule"]}).context["preview"].members == loans
    wrong = client.get(f"{PATH}?{either.replace('event:search&at', 'event:serch&at')}", headers=ANSWER)
    assert "search" in dict(wrong.context["wrong_steps"])[2][0].text


def test_assets_kept_have_groups_lists_and_segments_of_these(shop: Path, seen_by: SeenBy) -> None:
    client, asked = seen_by("head"), "measure=assets&share=80&every=week&periods=3&days=30"
    answer = client.get(f"{PATH}?{asked}&by=segment:gold", headers=ANSWER)
    assert answer.context["heat"][0].people == str(len(NANJING))
    assert [row.name for row in answer.context["groups"]] == ["否", "是"]
    lists = [client.get(f"{PATH}cell/?{asked}&cohort=0&k=2{came}") for came in ("", "&came=1")]
    assert sum(each.context["live"].members for each in lists) == len(NANJING)
    assert "没有保住资产的客户" in lists[0].content.decode()
    for each in lists:
        found = client.post("/segments/draft/", {"rule": each.context["rule"]}).context["preview"]
        assert ([f for f in found.findings if f.severity == "stop"], found.members) == (
            [], each.context["live"].members)  # fmt: skip
    wrong = client.get(f"{PATH}?{asked}&by=column:channel", headers=ANSWER)
    assert "客户的属性" in wrong.context["wrong_other"][0].text


def test_groups_may_look_at_the_return_too(shop: Path, seen_by: SeenBy) -> None:
    answer = seen_by("analyst").get(f"{PATH}?{ASKED}&by=column:channel&touch=last", headers=ANSWER)
    groups = {row.name: (row.people, row.cells[0].text) for row in answer.context["groups"]}
    assert groups["app"][0] == str(PEOPLE)
    web = [n for n in APPLIED if n % 10 == 0]
    assert answer.context["groups"][0].cells[0].value == pytest.approx((len(APPLIED) - len(web)) / PEOPLE)
    assert groups["web"] == (str(PEOPLE), "—")  # fewer than ten came back so
    assert answer.context["by_return"] is True


def test_who_did_not_come_back_is_listed_masked_within_the_scope_and_audited(shop: Path, seen_by: SeenBy) -> None:
    client = seen_by("head")
    gone = client.get(f"{PATH}cell/?{ASKED}&cohort=0&k=0")
    came = client.get(f"{PATH}cell/?{ASKED}&cohort=0&k=0&came=1")
    applied = len(set(APPLIED) & set(NANJING))
    assert (gone.context["live"].members, came.context["live"].members) == (len(NANJING) - applied, applied)
    entries = AuditEntry.objects.filter(action="view_behaviour", object_id="retention")
    assert entries.count() == 2
    for wrong in ("cohort=0&k=99", "cohort=x&k=1", "k=1"):
        assert client.get(f"{PATH}cell/?{ASKED}&{wrong}").status_code == 404


@pytest.mark.parametrize("came", ["", "&came=1"])
def test_the_people_of_a_cell_can_be_kept_as_a_segment(shop: Path, seen_by: SeenBy, came: str) -> None:
    client = seen_by("head")
    listed = client.get(f"{PATH}cell/?{ASKED}&cohort=0&k=0{came}").context
    found = client.post("/segments/draft/", {"rule": listed["rule"]}).context["preview"]
    assert [f for f in found.findings if f.severity == "stop"] == []
    assert found.members == listed["live"].members > 0


def test_mistakes_are_told_and_nothing_wrong_is_kept(shop: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    wrong = client.get(f"{PATH}?{ASKED.replace('periods=3', 'periods=0')}", headers=ANSWER)
    assert wrong.context["wrong_other"] != []
    lost = client.get(f"{PATH}?{ASKED}&lost=5", headers=ANSWER)
    assert "期" in lost.context["wrong_other"][0].text
    name = client.get(f"{PATH}?{ASKED.replace('apply_start', 'aply_start')}", headers=ANSWER)
    assert dict(name.context["wrong_steps"])[2] != []
    assert client.post(f"/analysis/views/save/retention/?{ASKED}&lost=5", {"name": "x"}).status_code == 422
    assert client.post(f"/analysis/views/save/retention/?{ASKED}", {"name": "x"}).status_code == 302
    view = AnalysisView.objects.get()
    again = client.get(client.get(f"/analysis/views/{view.pk}/")["Location"], headers=ANSWER)
    assert again.context["heat"][0].people == str(PEOPLE)
    assert again.context["kept"].changed is False


def test_files_hold_the_cells_and_are_audited(shop: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    text = client.post(f"{PATH}export/csv/?{ASKED}&by=attribute:bank_tier").content.decode("utf-8-sig")
    assert f"{DAY},{PEOPLE}," in text
    assert "金卡" in text
    assert client.post(f"{PATH}export/xlsx/?{ASKED}").content[:2] == b"PK"
    assert AuditEntry.objects.filter(action="export").count() == 2
    assert seen_by("rm1").get(PATH).status_code == 403


@needs_browser
@pytest.mark.parametrize("view", [WIDE, pytest.param(PHONE, marks=nightly)])
def test_cohorts_are_read_in_a_browser_of_either_width(
    shop: Path, opened: Callable[..., Any], view: dict[str, int]
) -> None:
    page = opened("head", view, at=f"{PATH}?{ASKED.replace('apply_start', 'login')}&by=attribute:bank_tier")
    page.locator("#answer .heatmap").first.wait_for()
    page.locator("#answer canvas").first.wait_for()
    assert troubles(page) == []


@needs_browser
def test_the_heat_map_is_a_picture_too(shop: Path, opened: Callable[..., Any], tmp_path: Path) -> None:
    page = opened("analyst", WIDE, at=f"{PATH}?{ASKED}")
    page.locator("#answer .heatmap").first.wait_for()
    page.locator("#answer canvas").first.wait_for()
    with page.expect_event("download", predicate=lambda made: made.suggested_filename.endswith("-2.png")) as found:
        page.locator("[data-png]").dispatch_event("click")
    file = tmp_path / "heat.png"
    found.value.save_as(file)
    assert file.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert file.stat().st_size > 5_000
    assert AuditEntry.objects.filter(action="export", object_id="retention:png").count() == 1
    assert troubles(page) == []
