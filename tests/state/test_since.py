"""What happened to one customer since a moment, as gates ask about it."""

from datetime import timedelta

import pytest

from liuke.act.gates.one_customer import FRESH
from liuke.state.actions import ContactReport, log_contact
from liuke.state.actions.change_order import Who
from liuke.state.models import ChannelRefusal, OutboxMessage, WorkOrder
from liuke.state.since import contacts_since, customers_since

from .conftest import NOW


def test_contacts_messages_and_refusals_since_then_are_found_and_nothing_older(rm: Who, an_order: WorkOrder) -> None:
    who = an_order.customer_id
    assert (contacts_since(who, NOW, {}), customers_since(NOW)) == ([], set())
    log_contact(rm, an_order.order_id, ContactReport("phone", "reached"))
    message("app_push", who)
    ChannelRefusal.objects.create(medium="sms", customer_id=who, at=NOW, channel="sms")
    found = contacts_since(who, NOW, {"app_push": "push"})
    assert [set(row) for row in found] == [set(FRESH.names)] * 3
    assert [(row["channel"], row["result"], row["message_class"]) for row in found] == [
        ("phone", "reached", "service"), ("push", "reached", "marketing"), ("sms", "refused", "marketing"),
    ]  # fmt: skip
    assert customers_since(NOW) == {who}
    later = NOW + timedelta(days=1)
    assert (contacts_since(who, later, {"app_push": "push"}), customers_since(later)) == ([], set())


@pytest.mark.django_db
def test_messages_over_channels_that_reach_nobody_and_of_others_do_not_count() -> None:
    message("core", "C1")
    message("app_push", "C2")
    assert contacts_since("C1", NOW, {"app_push": "push"}) == []


def message(channel: str, customer_id: str) -> None:
    OutboxMessage.objects.create(
        key=f"{channel}{customer_id}", channel=channel, customer_id=customer_id, owner="customer", sent_at=NOW,
        message_class="marketing", state="sent", rank=1, text="x", queued_at=NOW, due_at=NOW, updated_at=NOW,
    )  # fmt: skip
