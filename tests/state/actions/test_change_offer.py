"""An offer's way through four eyes: who may decide, what is checked, what is written, and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from liuke.act.bank_file import OFFER_FILES
from liuke.act.offers.approving import with_approval
from liuke.act.offers.catalogue import Offer, read_offers
from liuke.act.offers.wording_policy import WordingPolicy
from liuke.errors import TryAgain, YourMistake
from liuke.govern.access import NotAllowed, Scope
from liuke.govern.approval import NotTheirs
from liuke.insight.rules.references import Names
from liuke.state.actions.change_offer import (
    OfferBench,
    approve_offer,
    propose_offer,
    refuse_offer,
    withdraw_offer,
)
from liuke.state.actions.change_order import Stale, Who
from liuke.state.actions.text_change import FileMoved
from liuke.state.models import AuditEntry, OfferApproval

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 30)
TEXT = """\
name: {zh: 闲钱定期, en: Deposit}  # kept
description: {zh: 定期, en: A deposit}
owner: 个人金融部
theme: idle_cash
product_id: P1
audience: {attribute: age, op: between, value: [18, 70]}
channels: [phone]
valid: {from: 2026-01-01, to: 2026-12-31}
wording:
  phone: {zh: 您好, en: Hello}
"""


def who(actor: str, role: Any, branches: frozenset[str] | None = None) -> Who:
    return Who(Scope(actor, role, branches), datetime(2026, 7, 1, 1, tzinfo=UTC), "10.0.0.1")


AUTHOR, OFFICER = who("analyst", "analyst"), who("officer", "compliance")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write(tmp_path, "deposit", TEXT)
    return tmp_path


def write(home: Path, code: str, text: str) -> None:
    OFFER_FILES.path(home, code).parent.mkdir(exist_ok=True)
    OFFER_FILES.path(home, code).write_text(text, encoding="utf-8")


def offers(home: Path) -> Mapping[str, Offer]:
    return read_offers(home / "offers", Names(), WordingPolicy())


def propose(home: Path, wish: Any = "approved", person: Who = AUTHOR) -> OfferApproval:
    return propose_offer(person, home, offers(home)["deposit"], wish, "年中主推")


def approve(home: Path, row: OfferApproval, person: Who = OFFICER) -> None:
    known = offers(home)
    approve_offer(person, OfferBench(home, known, DAY), known["deposit"], row.pk, row.version)


def test_a_second_person_approves_and_the_file_says_so_and_nothing_else_of_it_changes(home: Path) -> None:
    approve(home, propose(home))
    assert OFFER_FILES.read(home, "deposit") == TEXT + 'approval: {state: approved, by: "officer", day: 2026-06-30}\n'
    assert offers(home)["deposit"].proposable(DAY)
    assert list(AuditEntry.objects.order_by("seq").values_list("action", "actor")) == [
        ("offer_propose", "analyst"), ("offer_approve", "officer"),
    ]  # fmt: skip
    approve(home, propose(home, "withdrawn"))
    assert not offers(home)["deposit"].proposable(DAY)
    assert "state: withdrawn" in OFFER_FILES.read(home, "deposit")


def test_nobody_approves_a_proposal_of_their_own_whatever_the_code_does(home: Path) -> None:
    row = propose(home)
    with pytest.raises(NotTheirs):
        approve(home, row, who("analyst", "compliance"))
    row.refresh_from_db()
    row.decided_by = row.author
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
    row.decided_by, row.stage = "", "approved"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.mark.parametrize(
    "person", [who("rm", "rm"), who("root", "admin"), who("head", "branch_head", frozenset({"NJ"}))]
)
def test_others_and_whoever_sees_less_than_the_bank_may_neither_propose_nor_approve(home: Path, person: Who) -> None:
    with pytest.raises(NotAllowed):
        propose(home, person=person)
    row = propose(home)
    with pytest.raises(NotAllowed):
        approve(home, row, person)
    assert OFFER_FILES.read(home, "deposit") == TEXT


def test_a_file_that_was_changed_meanwhile_is_not_approved(home: Path) -> None:
    row = propose(home)
    write(home, "deposit", TEXT + "# changed\n")
    with pytest.raises(FileMoved):
        approve(home, row)
    row.refresh_from_db()
    assert row.stage == "proposed"
    withdraw_offer(AUTHOR, row.pk, row.version)
    approve(home, propose(home))


def test_forbidden_words_and_prices_by_score_are_not_even_proposed(home: Path) -> None:
    write(home, "deposit", TEXT.replace("您好", "保本高收益"))
    with pytest.raises(YourMistake, match="may not be said"):
        propose(home)
    scored = TEXT.replace(
        "{attribute: age, op: between, value: [18, 70]}", "{attribute: warning_score, op: '>', value: 0.5}"
    )
    write(home, "deposit", scored + "benefit: {kind: points, amount: 10}\n")
    with pytest.raises(YourMistake, match="may not depend on 'warning_score'"):
        propose(home)


def test_an_offer_that_would_collide_with_an_approved_one_is_not_approved(home: Path) -> None:
    row = propose(home)
    write(home, "other", with_approval(TEXT, "approved", "x", DAY))
    with pytest.raises(YourMistake, match="valid on the same days"):
        approve(home, row)
    assert OFFER_FILES.read(home, "deposit") == TEXT


def test_one_proposal_waits_at_a_time_and_a_refusal_says_why(home: Path) -> None:
    row = propose(home)
    with pytest.raises(YourMistake, match="waits for a decision"):
        propose(home)
    with pytest.raises(YourMistake, match="reason"):
        refuse_offer(OFFICER, row.pk, row.version, " ")
    with pytest.raises(Stale):
        refuse_offer(OFFICER, row.pk, row.version + 1, "缺少材料")
    refuse_offer(OFFICER, row.pk, row.version, "缺少材料")
    assert propose(home).stage == "proposed"


def test_what_is_so_already_is_not_proposed(home: Path) -> None:
    approve(home, propose(home))
    with pytest.raises(YourMistake, match="nothing would change"):
        propose(home)


def test_a_file_that_cannot_be_written_leaves_the_proposal_as_it_is(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = propose(home)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("liuke.whole_file.os.fsync", full)
    with pytest.raises(TryAgain):
        approve(home, row)
    row.refresh_from_db()
    assert (row.stage, row.decided_by) == ("proposed", "")


@pytest.mark.parametrize(
    "written",
    ["approval: {state: draft}\n", "approval:\n  state: submitted\n  by: 张三\n# after\nmaterials: [a.pdf]\n", ""],
    ids=["flow", "block", "absent"],
)
def test_an_approval_is_written_whatever_way_the_file_says_it_now(home: Path, written: str) -> None:
    write(home, "deposit", TEXT + written)
    approve(home, propose(home))
    found = offers(home)["deposit"].spec
    assert (found.approval.state, found.approval.by, found.approval.day) == ("approved", "officer", DAY)
    assert found.materials == (("a.pdf",) if "materials" in written else ())
