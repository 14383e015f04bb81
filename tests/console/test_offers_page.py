"""Offers in the console: the list, one offer in words, and its approval by a second person."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from liuke.act.bank_file import OFFER_FILES
from liuke.state.models import OfferApproval

ROOT = Path(__file__).resolve().parents[2]
CODE = "deposit_idle_cash"
SeenBy = Callable[[str], Client]


@pytest.fixture
def offering(own_bank: Path) -> Path:
    """The shipped offers; one is a draft, one says what may not be said."""
    for folder in ("offers", "segments", "tags"):
        shutil.copytree(ROOT / "examples" / "bank" / folder, own_bank / folder)
    draft = OFFER_FILES.read(own_bank, CODE).replace("state: approved", "state: draft")
    OFFER_FILES.path(own_bank, CODE).write_text(draft, encoding="utf-8")
    loud = OFFER_FILES.read(own_bank, "card_travel").replace('  push:\n    zh: "', '  push:\n    zh: "保本高收益,')
    OFFER_FILES.path(own_bank, "card_travel").write_text(loud, encoding="utf-8")
    return own_bank


def asked(client: Client) -> OfferApproval:
    answer = client.post(f"/offers/{CODE}/propose/", {"wish": "approved", "note": "年中主推"})
    assert answer.status_code == 302
    return OfferApproval.objects.get(code=CODE, stage="proposed")


def test_the_list_tells_how_each_offer_stands_drafts_and_what_is_refused_among_them(
    offering: Path, seen_by: SeenBy
) -> None:
    rows = {r["offer"].code: r for r in seen_by("head").get("/offers/").context["rows"]}
    assert len(rows) == len(list((offering / "offers").glob("*.yaml")))
    assert str(rows[CODE]["state"][0]) == "草稿"
    assert str(rows["card_travel"]["state"][0]) == "不合规"
    assert str(rows["tier_keep"]["state"][0]) == "在用"
    assert seen_by("rm1").get("/offers/").status_code == 403


def test_one_offer_tells_its_audience_checks_and_texts_with_open_and_missing_facts(
    offering: Path, seen_by: SeenBy
) -> None:
    text = seen_by("analyst").get(f"/offers/{CODE}/").content.decode()
    assert "目标客群" in text
    assert '<b class="red">〔产品名称〕</b>' in text
    loud = seen_by("analyst").get("/offers/card_travel/").content.decode()
    assert "不得对客户说“保本”" in loud
    assert seen_by("analyst").get("/offers/nothing/").status_code == 404


def test_a_second_person_approves_and_the_offer_works(offering: Path, seen_by: SeenBy) -> None:
    row = asked(seen_by("analyst"))
    mine = seen_by("analyst").get(f"/offers/{CODE}/").content.decode()
    assert "批准并生效" not in mine
    own = seen_by("analyst").post(f"/offers/{CODE}/{row.pk}/approve/", {"version": row.version})
    assert own.status_code == 422
    assert "批准并生效" in seen_by("officer").get(f"/offers/{CODE}/").content.decode()
    done = seen_by("officer").post(f"/offers/{CODE}/{row.pk}/approve/", {"version": row.version})
    assert done.status_code == 302
    rows = {r["offer"].code: str(r["state"][0]) for r in seen_by("officer").get("/offers/").context["rows"]}
    assert rows[CODE] == "在用"
    assert "方合规" in OFFER_FILES.read(offering, CODE)


def test_a_branch_head_may_not_approve_for_the_whole_bank(offering: Path, seen_by: SeenBy) -> None:
    row = asked(seen_by("analyst"))
    assert "批准并生效" not in seen_by("head").get(f"/offers/{CODE}/").content.decode()
    seen_by("head").post(f"/offers/{CODE}/{row.pk}/approve/", {"version": row.version})
    row.refresh_from_db()
    assert row.stage == "proposed"


def test_a_file_changed_meanwhile_is_shown_and_not_approved(offering: Path, seen_by: SeenBy) -> None:
    row = asked(seen_by("analyst"))
    path = OFFER_FILES.path(offering, CODE)
    path.write_text(OFFER_FILES.read(offering, CODE).replace("owner: ", "owner: 别的"), encoding="utf-8")
    page = seen_by("officer").get(f"/offers/{CODE}/").content.decode()
    assert "服务器上的文件已被改过" in page
    assert "别的" in page
    answer = seen_by("officer").post(f"/offers/{CODE}/{row.pk}/approve/", {"version": row.version})
    assert answer.status_code == 422
    assert "已被改过" in answer.content.decode()
    old = seen_by("officer").post(f"/offers/{CODE}/{row.pk}/refuse/", {"version": 7, "reason": "文件变了"})
    assert old.status_code == 409


def test_a_wrong_file_is_told_with_its_line(offering: Path, seen_by: SeenBy) -> None:
    path = OFFER_FILES.path(offering, CODE)
    path.write_text(OFFER_FILES.read(offering, CODE) + "pricee: 3\n", encoding="utf-8")
    page = seen_by("officer").get("/offers/").content.decode()
    assert "权益文件有误" in page
    assert "pricee" in page
