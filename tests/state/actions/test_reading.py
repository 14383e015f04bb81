"""Reading that leaves a trace: unmasking, views, exports."""

from collections.abc import Callable

import pytest

from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed
from liuke.state.actions import record_export, record_login, record_view, unmask_field
from liuke.state.actions.change_order import Who
from liuke.state.actions.unmask_field import TooManyUnmasked
from liuke.state.audit import verify
from liuke.state.models import AuditEntry
from liuke.tables import CUSTOMER_SNAPSHOT

ROW = {"customer_id": "C1", "phone": "13812345678", "branch_id": "NJ", "staff_id": "S1", "tier": "red"}


def test_unmasking_gives_the_value_and_writes_who_what_and_why_but_not_the_value(rm: Who) -> None:
    assert unmask_field(rm, CUSTOMER_SNAPSHOT, ROW, "phone", "客户要求回电") == "13812345678"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_id, entry.reason) == ("unmask", "C1", "客户要求回电")
    assert entry.data == {"table": "customer_snapshot", "field": "phone"}


@pytest.mark.parametrize(
    ("field", "reason"), [("phone", ""), ("phone", "  x "), ("tier", "有理由的"), ("salary", "有理由的")]
)
def test_without_a_reason_or_a_masked_field_nothing_is_shown(rm: Who, field: str, reason: str) -> None:
    with pytest.raises(YourMistake):
        unmask_field(rm, CUSTOMER_SNAPSHOT, ROW, field, reason)
    assert not AuditEntry.objects.exists()


def test_within_an_hour_only_so_many_values_are_shown_and_what_is_refused_is_audited(who: Callable[..., Who]) -> None:
    for minutes in (1, 2):
        unmask_field(who("rm", "NJ", "S1", minutes), CUSTOMER_SNAPSHOT, ROW, "phone", "客户要求回电", most=2)
    with pytest.raises(TooManyUnmasked):
        unmask_field(who("rm", "NJ", "S1", 3), CUSTOMER_SNAPSHOT, ROW, "phone", "客户要求回电", most=2)
    assert AuditEntry.objects.order_by("-seq")[0].action == "unmask_refused"
    assert unmask_field(who("branch_head", "NJ", None, 3), CUSTOMER_SNAPSHOT, ROW, "phone", "客户要求回电", most=2)
    assert unmask_field(who("rm", "NJ", "S1", 62), CUSTOMER_SNAPSHOT, ROW, "phone", "客户要求回电", most=2)


def test_the_log_keeps_reasons_without_numbers(rm: Who, who: Callable[..., Who]) -> None:
    record_export(who("analyst", "HQ"), "orders", 10, "发给13812345678")
    assert AuditEntry.objects.get().reason == "发给138****5678"
    assert verify() is None


def test_a_customer_outside_the_scope_is_not_shown(who: Callable[..., Who]) -> None:
    for other in (who("rm", "NJ", "S2"), who("branch_head", "ZJ")):
        with pytest.raises(YourMistake, match="no such customer"):
            unmask_field(other, CUSTOMER_SNAPSHOT, ROW, "phone", "有理由的")


def test_an_analyst_may_not_unmask_and_an_rm_may_not_export(who: Callable[..., Who], rm: Who) -> None:
    with pytest.raises(NotAllowed):
        unmask_field(who("analyst", "HQ"), CUSTOMER_SNAPSHOT, ROW, "phone", "有理由的")
    with pytest.raises(NotAllowed):
        record_export(rm, "orders", 10)


def test_views_exports_and_log_ins_are_written(rm: Who, who: Callable[..., Who]) -> None:
    record_login(rm)
    record_view(rm, "C1")
    record_export(who("analyst", "HQ"), "orders", 10, "周报")
    assert list(AuditEntry.objects.order_by("seq").values_list("action", "object_id")) == [
        ("login", ""),
        ("view_customer", "C1"),
        ("export", "orders"),
    ]
