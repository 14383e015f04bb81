"""The order desk, and messages sent as contacts of the daily run."""

from datetime import UTC, date, datetime, timedelta

import pytest

from liuke.act.outbox.message import Message
from liuke.clock import AsOf
from liuke.daily.contacts import carry_contacts
from liuke.errors import YourMistake
from liuke.sending.desk import desk_of
from liuke.state.actions.queue_messages import queue_messages
from liuke.state.models import OutboxMessage, WorkOrder
from liuke.tables import CONTACT
from liuke.wiring import open_house
from tests.sending.homes import NOW, make_home

pytestmark = pytest.mark.django_db
DECISION = {
    "loop_id": "L0001", "as_of": "2026-11-22", "customer_id": "C1", "arm": "treated", "treatment": "maturity",
    "tier": "orange", "score": 0.4, "aum": "61000.50", "branch_id": "NJ", "staff_id": "S1",
}  # fmt: skip


@pytest.fixture
def house(tmp_path):
    ways = {"sms": {"kind": "sms", "url": "https://x", "fields": {"a": "{to}{text}"}, "signature": "示例银行"},
            "orders": {"kind": "rm_order"}}  # fmt: skip
    return open_house(make_home(tmp_path / "bank", ways))


def asked(**changes):
    data = {"decision": DECISION | changes, "customer_name": "张三"}
    return Message("L0001.orders", "orders", "staff", "S1", "到期承接", "service", NOW, "L0001", "", "C1", data=data)


def test_a_treated_decision_becomes_one_order_however_often_it_is_handed_over(house):
    take = desk_of(house)
    assert take(asked()) == take(asked()) == "W0001"
    order = WorkOrder.objects.get()
    assert (order.theme, order.staff_id, order.customer_name, str(order.aum)) == ("maturity", "S1", "张三", "61000.50")


@pytest.mark.parametrize(
    "changes", [{"arm": "holdout"}, {"as_of": "gestern"}, {"aum": "viel"}, {"tier": None, "score": "x"}]
)
def test_what_is_no_treated_decision_opens_nothing(house, changes):
    with pytest.raises(YourMistake):
        desk_of(house)(asked(**changes))
    assert WorkOrder.objects.count() == 0


def sent(n, channel="sms", owner="customer", **changes):
    key = f"L{n}.{channel}"
    queue_messages(
        [Message(key, channel, owner, f"C{n}", "您好", "marketing", NOW, f"L{n}", customer_id=f"C{n}")], now=NOW
    )
    over = {"state": "sent", "next_at": None, "sent_at": NOW + timedelta(minutes=n)} | changes
    OutboxMessage.objects.filter(key=key).update(**over)


def test_messages_sent_to_customers_become_contacts_once(house, engine):
    sent(1)
    sent(2, receipt="undelivered")
    sent(3, "orders", "staff")
    sent(4, state="dead", sent_at=None)
    as_of = AsOf(date(2026, 11, 23), NOW + timedelta(hours=12))
    assert carry_contacts(house, engine, as_of) == 2
    assert carry_contacts(house, engine, as_of) == 0
    sent(5)
    assert carry_contacts(house, engine, as_of) == 1
    rows = engine.arrow(house.lake.scan(engine, CONTACT).order_by("occurred_at")).to_pylist()
    told = [(r["customer_id"], r["channel"], r["result"], r["message_class"]) for r in rows]
    assert told == [("C1", "sms", "reached", "marketing"), ("C2", "sms", "not_reached", "marketing"),
                    ("C5", "sms", "reached", "marketing")]  # fmt: skip
    assert rows[0]["occurred_at"] == datetime(2026, 11, 23, 2, 1, tzinfo=UTC)
