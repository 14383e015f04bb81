"""Segments and tags: live counts in scope, masked samples, why people moved, drafts with lines, audited exports."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from browsing import PHONE, WIDE, needs_browser, troubles
from django.test import Client
from small_bank import PEOPLE, RMS, _rm, last_day

from liuke.insight.known import bank_tables
from liuke.insight.segments.day import run_tags_and_segments
from liuke.state.models import AuditEntry
from liuke.tables import CUSTOMER_SNAPSHOT
from liuke.wiring import open_house

SeenBy = Callable[[str], Client]
PO = Path(__file__).resolve().parents[2] / "src/liuke/console/locale/en/LC_MESSAGES/django.po"
TAGS = """group: {zh: 活跃与渠道, en: Activity and channels}
owner: 数字银行部
purpose: retention
tags:
  silent_30:
    name: {zh: 沉默30天, en: Silent for 30 days}
    description: {zh: 近30天没有主动交易, en: No own transaction in 30 days}
    rule: {did: transaction, within: 30, where: {column: initiator, value: customer}, op: "==", value: 0}
"""
SEGMENT = """name: {zh: 沉默客户, en: Silent customers}
description: {zh: 近30天没有主动交易的客户, en: Customers without an own transaction in 30 days}
owner: 私人银行部
version: "3"
purpose: retention
rule:
  all:
    - {tag: silent_30}
    - {attribute: tenure_days, op: ">=", value: 10}
"""
DRAFT = """name: {zh: 全体, en: All}
description: {zh: 全体, en: All}
owner: 测试
rule:
  attribute: tenure_days
  op: ">="
  value: 1
"""


@pytest.fixture(scope="module")
def counted(bank_home: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bank with a tag and a segment, counted on two days a month apart."""
    home = Path(shutil.copytree(bank_home[0], tmp_path_factory.mktemp("audience") / "home"))
    for folder, name, text in (("tags", "activity", TAGS), ("segments", "silent", SEGMENT)):
        (home / folder).mkdir(exist_ok=True)
        (home / folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    house = open_house(home)
    with house.engine() as engine:
        for back in (30, 0):
            day = last_day() - timedelta(days=back)
            tables = bank_tables(house.lake, engine, house.as_of(day), house.zone)
            people = None if back else house.lake.scan(engine, CUSTOMER_SNAPSHOT)
            run_tags_and_segments(house.lake, engine, tables, home, None, people)
    return home


@pytest.fixture
def audience(own_bank: Path, counted: Path) -> Path:
    """A copy of it that a test may change."""
    shutil.rmtree(own_bank)
    return Path(shutil.copytree(counted, own_bank))


def test_the_list_and_the_tags_show_sizes_owners_and_lineage(audience: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    [row] = client.get("/segments/").context["rows"]
    assert (row["title"], row["other"]) == ("沉默客户", "Silent customers")
    assert 0 < row["row"].members < PEOPLE
    answer = client.get("/segments/tags/")
    [tag] = answer.context["rows"]
    text = answer.content.decode()
    assert tag["row"].customers == row["row"].members
    assert "transaction.initiator" in text
    assert "近30天没有主动交易" in text
    assert client.get("/segments/tags/?q=nothing").context["rows"] == []


def test_the_live_count_is_the_persons_scope_and_the_sample_is_masked_and_audited(
    audience: Path, seen_by: SeenBy
) -> None:
    everywhere = seen_by("analyst").get("/segments/of/silent/live/")
    here = seen_by("head").get("/segments/of/silent/live/")
    whole, part = everywhere.context["live"], here.context["live"]
    assert whole.customers == PEOPLE
    assert part.customers == sum(RMS[_rm(n)][1] == "NJ" for n in range(PEOPLE))
    assert 0 < part.members < whole.members
    assert {row["branch_id"] for row in part.sample} == {"NJ"}
    assert all(re.fullmatch(r"\*+\d{4}", row["customer_id"]) and row["name"].endswith("*") for row in whole.sample)
    assert re.search(r"\d+万-\d+万|≥1000万|&lt;1万", everywhere.content.decode())
    looks = AuditEntry.objects.filter(action="view_segment", object_id="silent")
    assert sorted(looks.values_list("actor", flat=True)) == ["analyst", "head"]


def test_the_page_of_a_segment_says_its_rule_in_words_and_who_moved_why(audience: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    page = client.get("/segments/of/silent/")
    text = page.content.decode()
    assert "以下条件全部满足" in text
    assert "标签「沉默30天」" in text
    assert 'hx-trigger="load"' in text
    since = page.context["since"]
    answer = client.get(f"/segments/of/silent/changes/?since={since}")
    change = answer.context["change"]
    assert change.members_before - change.left + change.entered == change.members_after
    assert change.entered > 0
    assert any(reason.names == ("silent_30",) for reason in change.reasons)
    assert client.get("/segments/of/silent/changes/?since=2000-01-01").status_code == 404
    assert client.get("/segments/of/nobody/").status_code == 404


def test_a_draft_is_counted_and_its_mistakes_are_told_with_their_line(audience: Path, seen_by: SeenBy) -> None:
    client = seen_by("head")
    fine = client.post("/segments/draft/", {"rule": DRAFT}, headers={"HX-Request": "true"})
    assert fine.context["preview"].members == fine.context["preview"].customers > 0
    wrong = DRAFT.replace("tenure_days", "tenure_day")
    told = client.post("/segments/draft/", {"rule": wrong}, headers={"HX-Request": "true"})
    [finding] = told.context["preview"].findings
    assert (finding.severity, told.context["preview"].members) == ("stop", None)
    assert f"第 {finding.line} 行" in told.content.decode()
    assert "tenure_days" in told.content.decode()
    assert client.post("/segments/draft/", {"rule": "x" * 20_001}).status_code == 422
    assert "沉默客户" in client.get("/segments/draft/?from=silent").content.decode()


def test_an_export_needs_permission_and_a_reason_and_is_audited_masked_and_scoped(
    audience: Path, seen_by: SeenBy
) -> None:
    client = seen_by("head")
    members = client.get("/segments/of/silent/live/").context["live"].members
    assert client.post("/segments/of/silent/export/", {"reason": ""}).status_code == 422
    assert not AuditEntry.objects.filter(action="export").exists()
    answer = client.post("/segments/of/silent/export/", {"reason": "六月回访名单"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "attachment" in answer["Content-Disposition"]
    assert len(text.splitlines()) == members + 1
    assert not re.search(r"(?<!\d)198\d{8}(?!\d)", text)
    row = AuditEntry.objects.get(action="export")
    assert (row.actor, row.object_id, row.reason, row.data["rows"]) == ("head", "silent", "六月回访名单", members)
    assert seen_by("officer").post("/segments/of/silent/export/", {"reason": "想看看名单"}).status_code == 403
    assert 'data-opens="export"' not in seen_by("officer").get("/segments/of/silent/").content.decode()


@pytest.fixture
def large_threshold(settings: Any) -> int:
    """Every group of the small bank but the whole counts as small."""
    settings.BANK = settings.BANK.model_copy(update={"small_group": PEOPLE})
    return PEOPLE


def test_small_groups_are_told_as_such_and_their_rows_kept_from_roles_that_see_nobody(
    audience: Path, seen_by: SeenBy, large_threshold: int
) -> None:
    client, small = seen_by("analyst"), f"&lt;{PEOPLE}"
    page = client.get("/segments/").content.decode()
    members = client.get("/segments/").context["rows"][0]["row"].members
    assert small in page
    assert f">{members}<" not in page
    assert small in client.get("/segments/tags/").content.decode()
    live = client.get("/segments/of/silent/live/")
    assert small in live.content.decode()
    assert (live.context["sample"], live.context["withheld"]) == ([], True)
    draft = client.post("/segments/draft/", {"rule": DRAFT.replace("value: 1", "value: 3000")})
    assert draft.context["preview"].members < PEOPLE
    assert draft.context["sample"] == []
    since = client.get("/segments/of/silent/").context["since"]
    changes = client.get(f"/segments/of/silent/changes/?since={since}")
    assert changes.context["change"].people
    assert not any(p.customer_id in changes.content.decode() for p in changes.context["change"].people)
    assert not AuditEntry.objects.filter(action="view_segment").exists()
    assert seen_by("head").get("/segments/of/silent/live/").context["sample"]


def test_a_list_that_points_at_single_people_is_not_exported_by_roles_that_see_nobody(
    audience: Path, seen_by: SeenBy, large_threshold: int
) -> None:
    answer = seen_by("analyst").post("/segments/of/silent/export/", {"reason": "六月回访名单"})
    assert answer.status_code == 422
    assert "人数太少" in answer.content.decode()
    assert not AuditEntry.objects.filter(action="export").exists()
    assert seen_by("head").post("/segments/of/silent/export/", {"reason": "六月回访名单"}).status_code == 200


def test_a_long_list_leaves_with_a_second_person_and_once(audience: Path, seen_by: SeenBy, settings: Any) -> None:
    masking = settings.BANK.masking.model_copy(update={"export_alone": 3})
    settings.BANK = settings.BANK.model_copy(update={"masking": masking, "small_group": 1})
    author, form = seen_by("analyst"), {"reason": "六月回访,电话13812345678"}
    asked = author.post("/segments/of/silent/export/", form)
    assert asked.status_code == 202
    assert "已提交复核" in asked.content.decode()
    assert not AuditEntry.objects.filter(action="export").exists()
    assert author.get("/compliance/exports/").status_code == 403
    board = seen_by("signer").get("/compliance/exports/").content.decode()
    assert "六月回访,电话138****5678" in board
    [path] = re.findall(r'action="(/compliance/exports/\d+/approve/)"', board)
    assert seen_by("signer").post(path.replace("approve", "publish"), {"version": "1"}).status_code == 404
    assert seen_by("signer").post(path, {"version": "9"}).status_code == 409
    assert seen_by("signer").post(path, {"version": "1"}).status_code == 302
    text = b"".join(author.post("/segments/of/silent/export/", form).streaming_content).decode("utf-8-sig")
    assert len(text.splitlines()) > 4
    assert author.post("/segments/of/silent/export/", form).status_code == 202


def test_managers_and_administrators_are_refused_and_a_broken_file_is_told(audience: Path, seen_by: SeenBy) -> None:
    for username in ("rm1", "root"):
        assert seen_by(username).get("/segments/").status_code == 403
        assert seen_by(username).get("/segments/tags/").status_code == 403
    path = audience / "segments" / "silent.yaml"
    path.write_text(SEGMENT.replace("silent_30", "silent_31"), encoding="utf-8")
    answer = seen_by("analyst").get("/segments/")
    assert answer.status_code == 200
    assert "silent_31" in answer.content.decode()
    assert "第 8 行" in answer.content.decode()


def test_the_pages_are_english_for_who_reads_english_and_hold_no_inline_script_or_style(
    audience: Path, seen_by: SeenBy
) -> None:
    client = seen_by("analyst")
    client.post("/language/", {"language": "en", "next": "/"})
    with PO.open("rb") as handle:
        ours = {str(m.id).replace("%%", "%") for m in read_po(handle) if m.id and re.search("[一-鿿]{2}", str(m.id))}
    pages = (
        "/segments/", "/segments/of/silent/", "/segments/of/silent/live/", "/segments/draft/", "/segments/tags/",
        "/segments/clusters/", "/models/", "/warnings/lost-contact/",
    )  # fmt: skip
    for address in pages:
        text = client.get(address).content.decode()
        shown = {line.strip() for line in re.sub(r"<[^>]+>", "\n", text).splitlines()}
        assert shown & ours == set(), address
        assert not re.search(r"""\sstyle=["']|<style|\son\w+=["']|<script(?![^>]*src)""", text), address


@needs_browser
def test_counting_comparing_and_trying_out_work_in_a_browser_of_either_width(
    audience: Path, opened: Callable[..., Any]
) -> None:
    for view in (WIDE, PHONE):
        page = opened("analyst", view, at=None)
        for address in ("/segments/", "/segments/tags/"):
            page.goto(address)
            assert troubles(page) == [], (address, view)
        page.goto("/segments/of/silent/")
        page.wait_for_selector("#live .size")
        page.locator("form[action*=changes] button").click()
        page.wait_for_selector("#changes table", timeout=60_000)
        assert troubles(page) == [], view
        page.goto("/segments/draft/?from=silent")
        page.fill("#rule", DRAFT)
        page.get_by_role("button", name="试算").click()
        page.wait_for_selector("#preview .size", timeout=60_000)
        assert str(PEOPLE) in page.locator("#preview .size").inner_text()
        assert troubles(page) == [], view
