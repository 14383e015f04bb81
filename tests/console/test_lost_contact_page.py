"""The lost-contact list: scoped, masked, paged."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from browsing import PHONE, WIDE, needs_browser, troubles
from django.test import Client
from small_bank import LOGINS, RMS, _number, _rm, last_day

from liuke.lake import Lake
from liuke.tables import LOST_CONTACT

SeenBy = Callable[[str], Client]
PEOPLE_LOST = 45


def _row(n: int, day: date) -> dict[str, Any]:
    return {
        "as_of": day, "customer_id": _number(n), "branch_id": RMS[_rm(n)][1], "staff_id": _rm(n), "attempts": 3 + n,
        "first_attempt_on": day - timedelta(days=40), "last_attempt_on": day - timedelta(days=2),
        "last_reached_on": None, "last_active_on": day - timedelta(days=90), "aum": Decimal("123456.78"),
    }  # fmt: skip


@pytest.fixture
def silent(own_bank: Path) -> Path:
    rows = [_row(n, last_day()) for n in range(PEOPLE_LOST)]
    Lake(own_bank / "lake").replace(LOST_CONTACT, pa.Table.from_pylist(rows, schema=LOST_CONTACT.arrow))
    return own_bank


def _customers(client: Client) -> set[str]:
    pages = [client.get(f"/warnings/lost-contact/?page={n}").content.decode() for n in (1, 2, 3)]
    return set(re.findall(r'href="/customers/(\d+)/"', "".join(pages)))


def test_everybody_sees_exactly_the_lost_of_the_own_scope(silent: Path, seen_by: SeenBy) -> None:
    assert _customers(seen_by("rm1")) == {_number(n) for n in range(PEOPLE_LOST) if _rm(n) == "S1"}
    branch = LOGINS["head"][1]
    assert _customers(seen_by("head")) == {_number(n) for n in range(PEOPLE_LOST) if RMS[_rm(n)][1] == branch}
    assert _customers(seen_by("analyst")) == {_number(n) for n in range(PEOPLE_LOST)}


def test_the_longest_tried_come_first_with_their_days_and_bands_for_an_analyst(silent: Path, seen_by: SeenBy) -> None:
    answer = seen_by("analyst").get("/warnings/lost-contact/")
    rows = answer.context["rows"]
    assert [row["attempts"] for row in rows] == list(range(47, 27, -1))
    assert rows[0]["assets"] == "5万-20万"
    assert (rows[0]["last_reached_on"], rows[0]["last_active_on"]) == (None, last_day() - timedelta(days=90))
    text = answer.content.decode()
    assert "123456" not in text
    assert "123,456" not in text
    assert rows[0]["name"].endswith("*")


def test_the_branch_filter_never_widens_the_scope(silent: Path, seen_by: SeenBy) -> None:
    client = seen_by("head")
    assert client.get("/warnings/lost-contact/?branch=HZ").context["total"] == 0
    assert seen_by("analyst").get("/warnings/lost-contact/?branch=HZ").context["total"] > 0


def test_without_anybody_lost_the_page_says_so_and_an_administrator_is_refused(bank: Path, seen_by: SeenBy) -> None:
    assert "没有失联客户" in seen_by("rm1").get("/warnings/lost-contact/").content.decode()
    assert seen_by("root").get("/warnings/lost-contact/").status_code == 403


@needs_browser
def test_the_list_is_accessible_and_fits_in_either_width(silent: Path, opened: Callable[..., Any]) -> None:
    for view in (WIDE, PHONE):
        page = opened("rm1", view, at="/warnings/lost-contact/")
        assert troubles(page) == [], view
