"""Logged contacts as rows of the contact contract."""

from datetime import timedelta
from typing import Any

import pytest

from liuke.state.actions import ContactReport, hand_over, log_contact
from liuke.state.actions.change_order import Who
from liuke.state.contacts import contacts_between
from liuke.state.models import WorkOrder
from liuke.state.since import contacts_since
from liuke.tables import CONTACT

from .conftest import NOW


def test_a_contact_becomes_a_row_of_the_contract_with_who_made_it(rm: Who, head: Who, an_order: WorkOrder) -> None:
    log_contact(rm, an_order.order_id, ContactReport("phone", "refused", note="不便"))
    hand_over(head, an_order.order_id, "S2")
    [row] = contacts_between(NOW, NOW + timedelta(days=1))
    assert set(row) == {c.name for c in CONTACT.columns}
    assert (row["staff_id"], row["result"], row["loop_id"], row["note"]) == ("S1", "refused", "L000001", "不便")


def test_the_window_is_half_open(rm: Who, an_order: WorkOrder) -> None:
    log_contact(rm, an_order.order_id, ContactReport("phone", "reached"))
    assert not list(contacts_between(NOW, rm.at))
    assert len(list(contacts_between(rm.at, rm.at + timedelta(seconds=1)))) == 1


@pytest.mark.parametrize(
    ("reasons", "counts_as"),
    [
        ([{"code": "R01", "severity": 0.7}], "service"),
        ([{"code": "campaign", "message_class": "service"}], "service"),
        ([{"code": "campaign", "message_class": "marketing"}], "marketing"),
        ([{"code": "R01", "severity": 0.7}, {"code": "offer", "message_class": "marketing"}], "marketing"),
        ([{"code": "offer"}], "marketing"),  # stored before reasons told their class
    ],
)
def test_a_talk_about_something_offered_is_marketing_whatever_the_order_is_about_later(
    rm: Who, an_order: WorkOrder, reasons: list[dict[str, Any]], counts_as: str
) -> None:
    WorkOrder.objects.update(reasons=reasons)
    log_contact(rm, an_order.order_id, ContactReport("phone", "reached"))
    WorkOrder.objects.update(reasons=[])
    [row] = contacts_between(NOW, NOW + timedelta(days=1))
    [news] = contacts_since(an_order.customer_id, NOW, {})
    assert (row["message_class"], news["message_class"]) == (counts_as, counts_as)
