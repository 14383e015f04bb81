"""What was saved: figures lead to definitions and queries, small groups hide, exports are audited."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from browsing import PHONE, WIDE, needs_browser, troubles
from django.core.cache import cache
from django.test import Client

from liuke.console.reading import lend
from liuke.console.reading.saved import Seen, Wish, seen
from liuke.console.saved_csv import HEAD, csv_rows
from liuke.console.saved_rows import group_lines, headline, source_lines, steps_chart
from liuke.console.saved_words import FIGURES
from liuke.govern.access import Scope
from liuke.state.models import AuditEntry, Run

SeenBy = Callable[[str], Client]
PAGES = ("", "report/", *(f"figures/{code}/" for code in FIGURES))


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    cache.clear()


def read(least: int) -> Seen:
    day = Run.objects.filter(status="done").latest("as_of").as_of
    with lend() as reader:
        return seen(reader, Scope("all", "analyst", None), day, Wish("all"), least)


@pytest.mark.parametrize("username", ["analyst", "head", "officer"])
def test_the_page_its_report_and_every_definition_open_for_who_may_see_effects(seen_by: SeenBy, username: str) -> None:
    client = seen_by(username)
    for address in PAGES:
        assert client.get(f"/dashboard/effect/{address}").status_code == 200, address


@pytest.mark.parametrize("username", ["rm1", "root"])
def test_an_rm_who_must_not_know_who_is_held_out_sees_none_of_it(seen_by: SeenBy, username: str) -> None:
    client = seen_by(username)
    for address in PAGES:
        assert client.get(f"/dashboard/effect/{address}").status_code == 403, address
    assert client.post("/dashboard/effect/export/").status_code == 403


def test_every_figure_of_the_page_leads_to_its_definition_and_the_query_behind_it(seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    page = client.get("/dashboard/effect/?period=all").content.decode()
    links = set(re.findall(r'href="(/dashboard/effect/figures/(\w+)/[^"]*)"', page))
    told = {code for _link, code in links}
    assert {"saves", "aum", "cost", "returned", "difference", "spent", "steps", "sources", "groups"} <= told
    for link, _code in links:
        shown = client.get(link.replace("&amp;", "&")).content.decode()
        assert "SELECT" in shown
        assert "docs/effect.md" in shown
        assert '<dt class="mono">decision</dt>' in shown


def test_a_drawer_holds_the_same_without_the_shell(seen_by: SeenBy) -> None:
    answer = seen_by("analyst").get("/dashboard/effect/figures/saves/", headers={"HX-Request": "true"})
    assert answer.content.decode().startswith('<aside class="drawer"')


def test_no_page_names_a_customer_and_an_unknown_figure_is_not_found(seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    for address in PAGES:
        assert not re.search(r"\b62\d{8}\b", client.get(f"/dashboard/effect/{address}").content.decode())
    assert client.get("/dashboard/effect/figures/nonsense/").status_code == 404


def test_what_the_address_asks_for_beyond_the_scope_does_not_filter(seen_by: SeenBy) -> None:
    head = seen_by("head")
    own = head.get("/dashboard/effect/?period=all")
    for asked in ("branch=HZ", "source=nonsense", "period=all&branch=nowhere"):
        other = head.get(f"/dashboard/effect/?period=all&{asked}")
        assert other.context["figures"] == own.context["figures"]
    assert "'NJ'" in html.unescape(head.get("/dashboard/effect/figures/saves/").content.decode())


def test_one_source_alone_has_its_own_reading_and_no_sum(seen_by: SeenBy) -> None:
    answer = seen_by("analyst").get("/dashboard/effect/?period=all&source=rm_care")
    assert answer.context["totals"] == ()
    assert answer.context["wish"].source == "rm_care"


def test_groups_under_ten_show_no_figure_on_the_page_and_none_in_the_file(bank: Any, settings: Any) -> None:
    settings.BANK = settings.BANK.model_copy(update={"small_group": 10_000})
    found = read(10_000)
    assert found.board.main.treated.measured > 0
    assert all(figure.value == "—" for figure in headline(found)[:5])
    assert all(line.hidden and not line.cells for line in source_lines(found))
    assert all(line.hidden and not line.cells for line in group_lines(found.board.branches, {}))
    assert {point["value"] for point in steps_chart(found)["values"]} == {None}
    rows = list(csv_rows(found, {}, {}))
    assert all(cell == "" for row in rows[1:] for cell in row[5:])
    settings.BANK = settings.BANK.model_copy(update={"small_group": 1})
    assert any(line.cells for line in source_lines(read(1)))


def test_the_file_is_for_who_may_export_and_leaves_a_trace(seen_by: SeenBy) -> None:
    answer = seen_by("analyst").post("/dashboard/effect/export/?period=all")
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == list(HEAD)
    assert {row[0] for row in rows[1:]} >= {"headline", "source", "so_far", "branch", "rm"}
    entry = AuditEntry.objects.get(action="export")
    assert (entry.actor, entry.object_id, entry.data) == ("analyst", "effect:all:all", {"rows": len(rows) - 1})
    assert seen_by("officer").post("/dashboard/effect/export/").status_code == 403


def test_the_report_stands_alone_in_both_languages(seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    text = client.get("/dashboard/effect/report/?period=all").content.decode()
    assert "<nav" not in text
    assert "成效报告" in text
    client.post("/language/", {"language": "en", "next": "/"})
    english = client.get("/dashboard/effect/report/?period=all").content.decode()
    assert "Effect report" in english
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"<td>.*?</td>", "", english))


@needs_browser
@pytest.mark.parametrize("view", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_page_keeps_the_policy_is_accessible_and_its_drawer_gives_the_focus_back(
    opened: Callable[..., Any], view: dict[str, int]
) -> None:
    page = opened("head", view, at="/dashboard/effect/?period=all")
    page.wait_for_selector("[data-cumulated] canvas")
    page.hover("[data-cumulated]")
    assert troubles(page) == []
    page.locator("a.tile").first.click()
    page.wait_for_selector(".drawer .sql")
    assert page.evaluate("document.activeElement.id") == "drawer-title"
    assert troubles(page) == []
    page.keyboard.press("Escape")
    assert page.locator(".drawer").count() == 0
    assert "tile" in page.evaluate("document.activeElement.className")
    page.goto("/dashboard/effect/report/?period=all")
    assert troubles(page) == []
    page.goto("/dashboard/effect/figures/word/")
    assert troubles(page) == []


@needs_browser
def test_a_period_and_a_source_are_chosen_on_the_page(opened: Callable[..., Any]) -> None:
    page = opened("analyst", at="/dashboard/effect/?period=all")
    page.select_option("select[name=source]", "rm_care")
    page.wait_for_url("**source=rm_care*")
    assert "period=all" in page.url
    data = json.loads(page.evaluate("document.getElementById('steps-data').textContent"))
    assert data["labels"]
    assert page.evaluate("window.violations") == []
