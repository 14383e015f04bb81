"""Long lists leave with two people: asked, decided, exported once."""

from collections.abc import Callable

import pytest

from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed, Scope
from liuke.govern.approval import NoSuchStep, NotTheirs
from liuke.state.actions.change_order import Stale, Who
from liuke.state.actions.long_export import ask_long_export, decide_long_export, let_go, spend
from liuke.state.models import AuditEntry, LongExport

Maker = Callable[..., Who]


def asked(who: Maker, **more: int) -> LongExport:
    return ask_long_export(who("analyst", "HQ", **more), "everybody", "v1", 5000, "季度回访")


def test_a_second_person_lets_a_list_go_which_is_exported_once(who: Maker) -> None:
    author, row = who("analyst", "HQ", minutes=9), asked(who)
    assert let_go(author, "everybody", "v1") is None
    decide_long_export(who("approver", "HQ", minutes=5), row.pk, "approve", row.version)
    free = let_go(author, "everybody", "v1")
    assert free is not None
    assert let_go(author, "everybody", "v2") is None
    assert let_go(who("branch_head", "HQ", minutes=9), "everybody", "v1") is None
    assert spend(author, free)
    assert not spend(author, free)
    assert let_go(author, "everybody", "v1") is None
    assert list(AuditEntry.objects.values_list("action", "reason")) == [
        ("long_export_propose", "季度回访"), ("long_export_approve", ""),
    ]  # fmt: skip


def test_what_was_let_go_lasts_a_day(who: Maker) -> None:
    row = asked(who)
    decide_long_export(who("approver", "HQ"), row.pk, "approve", row.version)
    assert let_go(who("analyst", "HQ", minutes=24 * 60 - 1), "everybody", "v1")
    assert let_go(who("analyst", "HQ", minutes=24 * 60 + 1), "everybody", "v1") is None


def test_the_same_request_waits_once_and_a_new_definition_takes_its_place(who: Maker) -> None:
    row = asked(who)
    assert asked(who, minutes=1).pk == row.pk
    newer = ask_long_export(who("analyst", "HQ", minutes=2), "everybody", "v2", 5000, "季度回访")
    assert list(LongExport.objects.order_by("pk").values_list("pk", "stage")) == [
        (row.pk, "discarded"), (newer.pk, "proposed"),
    ]  # fmt: skip


def test_nobody_lets_the_own_list_go_nor_without_the_right_nor_what_has_moved_on(who: Maker) -> None:
    row = asked(who)
    both = who("approver", "HQ")
    own = Who(Scope(row.author, "approver", None), both.at, "")
    with pytest.raises(NotTheirs):
        decide_long_export(own, row.pk, "approve", row.version)
    for other in (who("analyst", "HQ"), who("admin", ""), who("campaign_manager", "HQ"), who("approver", "NJ")):
        with pytest.raises(NotAllowed):
            decide_long_export(other, row.pk, "approve", row.version)
    with pytest.raises(Stale):
        decide_long_export(both, row.pk, "approve", row.version + 1)
    with pytest.raises(YourMistake, match="reason"):
        decide_long_export(both, row.pk, "refuse", row.version, "")
    assert LongExport.objects.get().stage == "proposed"
    decide_long_export(both, row.pk, "refuse", row.version, "用途不明")
    with pytest.raises(NoSuchStep):
        decide_long_export(both, row.pk, "approve", row.version + 1)
