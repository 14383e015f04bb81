"""分析: paths, and rhythm with distributions, within one's own scope; small groups without figures; files; browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shopping
from browsing import PHONE, WIDE, needs_browser, troubles
from django.test import Client
from shopping import ANSWER, APPLIED, NANJING
from small_bank import PEOPLE

from liuke.state.models import AnalysisView, AuditEntry
from tests.night import nightly

SeenBy = Callable[[str], Client]
PATHS, RHYTHM = "/analysis/paths/", "/analysis/distribution/"
AROUND = "step=event:search&gap=90&days=30&least=0"
SEARCHED = "step=event:search&days=30"


@pytest.fixture
def shop(own_bank: Path) -> Path:
    """The bank with searches and applications of known people, and a segment."""
    shopping.stock(own_bank)
    return own_bank


def answer(client: Client, path: str, query: str) -> Any:
    found = client.get(f"{path}?{query}", headers=ANSWER)
    assert found.status_code == 200
    return found.context


def paths_of(client: Client, query: str) -> dict[str, str]:
    return {"→".join(row["names"]): row["people"] for row in answer(client, PATHS, query)["paths"]}


def test_paths_are_those_of_the_own_scope(shop: Path, seen_by: SeenBy) -> None:
    whole = paths_of(seen_by("analyst"), AROUND)
    assert whole == {"搜索": str(PEOPLE - len(APPLIED)), "搜索→开始申请": str(len(APPLIED))}
    own = len(set(APPLIED) & set(NANJING))
    head = seen_by("head")
    assert paths_of(head, AROUND) == {"搜索": str(len(NANJING) - own), "搜索→开始申请": str(own)}
    assert paths_of(head, f"{AROUND}&branch=HZ") == {}


def test_paths_may_be_around_any_of_several_things(shop: Path, seen_by: SeenBy) -> None:
    found = paths_of(seen_by("analyst"), "step=event:apply_start&orat=1&or=event:search&gap=90&days=30&least=0")
    assert found == {"搜索": str(PEOPLE - len(APPLIED)), "搜索→开始申请": str(len(APPLIED))}


def test_what_few_people_do_stands_in_no_path_and_no_link(shop: Path, seen_by: SeenBy) -> None:
    found = answer(seen_by("analyst"), PATHS, f"{AROUND}&at=1&what=channel&op=%3D%3D&val=web")
    assert found["tiles"][0][1] == "<10"
    assert (found["paths"], found["links"], found["chart"]["links"]) == ([], [], [])


def test_stays_and_failures_are_told_of_what_enough_people_did(shop: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    rows = {row["name"]: row for row in answer(client, PATHS, f"{AROUND}&errors=event:apply_start")["dwell"]}
    assert rows["搜索"]["events"] == str(PEOPLE)
    assert rows["搜索"]["median"] == "59.7 分钟"  # an hour, from bins 2% apart
    assert rows["搜索"]["failed"] == "33.3%"
    few = f"{AROUND}&at=1&what=channel&op=%3D%3D&val=web"
    assert answer(client, PATHS, few)["dwell"] == []


def test_paths_to_an_anchor_end_on_the_right(shop: Path, seen_by: SeenBy) -> None:
    found = answer(seen_by("analyst"), PATHS, "step=event:apply_start&side=end&gap=90&days=30&least=0")
    depths = {node["label"]: node["depth"] for node in found["chart"]["nodes"]}
    assert depths["搜索"] < depths["开始申请"]


def test_rhythm_counts_people_of_the_own_scope(shop: Path, seen_by: SeenBy) -> None:
    analyst, head = answer(seen_by("analyst"), RHYTHM, SEARCHED), answer(seen_by("head"), RHYTHM, SEARCHED)
    assert [found["tiles"][0][1] for found in (analyst, head)] == [str(PEOPLE), str(len(NANJING))]
    filled = [cell.value for _day, cells in analyst["week"] for cell in cells if cell.text]
    assert filled == [PEOPLE]
    assert analyst["times"] == [("1", str(PEOPLE), PEOPLE)]


@pytest.mark.parametrize(
    ("path", "query", "people"),
    [
        ("/analysis/funnel/", "step=event:search&days=30", lambda c: c["rows"][0].people),
        ("/analysis/retention/", "step=event:search&every=week&periods=1&days=30", lambda c: c["tiles"][0][1]),
        (PATHS, "step=event:search&gap=90&days=30&least=0", lambda c: c["tiles"][0][1]),
        (RHYTHM, SEARCHED, lambda c: c["tiles"][0][1]),
    ],
)
def test_visitors_nobody_knows_are_counted_where_asked_and_never_within_a_branch(
    shop: Path, seen_by: SeenBy, path: str, query: str, people: Callable[[Any], str]
) -> None:
    shopping.wander(shop, 12)
    analyst, head = seen_by("analyst"), seen_by("head")
    assert people(answer(analyst, path, query)) == str(PEOPLE)
    assert people(answer(analyst, path, f"{query}&who=visitor")) == str(PEOPLE + 12)
    assert people(answer(analyst, path, f"{query}&who=visitor&branch=NJ")) == str(len(NANJING))
    assert people(answer(head, path, f"{query}&who=visitor")) == str(len(NANJING))


def test_small_hours_have_no_figure(shop: Path, seen_by: SeenBy) -> None:
    found = answer(seen_by("analyst"), RHYTHM, f"{SEARCHED}&at=1&what=channel&op=%3D%3D&val=web")
    [cell] = [cell for _day, cells in found["week"] for cell in cells if cell.text]
    assert (cell.text, cell.value, cell.shade) == ("<10", None, 0)
    assert found["tiles"][1][1] == "—"


def test_the_size_of_a_number_is_read(shop: Path, seen_by: SeenBy) -> None:
    found = answer(seen_by("head"), RHYTHM, "step=transaction:&number=column:amount&days=90")
    assert sum(row[2] or 0 for row in found["sizes"]) > 100
    wrong = answer(seen_by("head"), RHYTHM, "step=transaction:&number=column:channel&days=90")
    assert wrong["wrong_other"] != []
    assert answer(seen_by("head"), RHYTHM, f"{SEARCHED}&number=property:%22")["sizes"] == []


def test_mistakes_are_told_and_views_of_both_kinds_open_again(shop: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    assert "线上行为" in answer(client, PATHS, "step=transaction:transfer")["wrong_other"][0].text
    assert answer(client, PATHS, f"{AROUND}&long=99")["wrong_other"] != []
    assert client.post("/analysis/views/save/paths/?step=none&long=99", {"name": "x"}).status_code == 422
    for kind, query in (("paths", AROUND), ("distribution", SEARCHED)):
        assert client.post(f"/analysis/views/save/{kind}/?{query}", {"name": kind}).status_code == 302
        view = AnalysisView.objects.get(kind=kind)
        place = client.get(f"/analysis/views/{view.pk}/")["Location"]
        assert client.get(place).status_code == 200
        assert client.get(place, headers=ANSWER).context["kept"].changed is False


def test_files_of_both_and_who_may_have_them(shop: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    text = client.post(f"{PATHS}export/csv/?{AROUND}").content.decode("utf-8-sig")
    assert f"搜索 → 开始申请,{len(APPLIED)}," in text
    assert client.post(f"{RHYTHM}export/xlsx/?{SEARCHED}").content[:2] == b"PK"
    log = AuditEntry.objects.filter(action="export").order_by("seq").values_list("object_id", flat=True)
    assert list(log) == ["paths:csv", "distribution:xlsx"]
    for path in (PATHS, RHYTHM):
        assert seen_by("rm1").get(path).status_code == 403
        assert seen_by("officer").post(f"{path}export/csv/?{SEARCHED}").status_code == 403


@needs_browser
@pytest.mark.parametrize("view", [WIDE, pytest.param(PHONE, marks=nightly)])
def test_both_are_read_in_a_browser_of_either_width(
    shop: Path, opened: Callable[..., Any], view: dict[str, int]
) -> None:
    page = opened("analyst", view, at=None)
    for address in (f"{PATHS}?{AROUND}", f"{RHYTHM}?step=event:login&days=90&number=property:product"):
        page.goto(address)
        page.locator("#answer canvas").first.wait_for()
        assert troubles(page) == [], address
