"""Opening orders in bulk."""

from datetime import timedelta

import pytest

from liuke.state.actions import ContactReport, Opened, log_contact, open_orders
from liuke.state.actions.change_order import Who
from liuke.state.models import AuditEntry, OrderEvent, OrderLoop, WorkOrder

from ..conftest import NOW, proposal

LATER = NOW + timedelta(days=1)


@pytest.mark.django_db
def test_every_proposal_becomes_one_order_with_its_first_event_and_one_audit_row() -> None:
    assert open_orders((proposal(n) for n in range(3)), now=NOW) == Opened(3, 0, 0)
    assert WorkOrder.objects.count() == OrderLoop.objects.count() == 3
    assert set(OrderEvent.objects.values_list("kind", flat=True)) == {"opened"}
    assert AuditEntry.objects.get().data == {"opened": 3, "enriched": 0, "repeated": 0}


@pytest.mark.django_db
def test_the_same_proposals_again_change_nothing() -> None:
    proposals = [proposal(n) for n in range(3)]
    open_orders(proposals, now=NOW)
    before = list(WorkOrder.objects.order_by("id").values())
    assert open_orders(proposals, now=LATER) == Opened(0, 0, 3)
    assert list(WorkOrder.objects.order_by("id").values()) == before
    assert OrderEvent.objects.count() == 3
    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db
def test_a_later_decision_enriches_the_open_order_and_makes_it_more_urgent() -> None:
    open_orders([proposal(1)], now=NOW)
    sooner = {"due_at": NOW + timedelta(hours=2), "warn_at": NOW + timedelta(hours=1)}
    again = proposal(2, customer_id="C000001", priority="P1", score=0.95, **sooner)
    assert open_orders([again], now=LATER) == Opened(0, 1, 0)
    row = WorkOrder.objects.get()
    assert (row.order_id, row.priority, row.due_at, row.score) == ("W000001", 1, sooner["due_at"], 0.95)
    assert row.enriched_by == ["L000002"]
    assert OrderLoop.objects.get(loop_id="L000002").order == row


@pytest.mark.django_db
def test_two_decisions_for_one_customer_in_one_batch_make_one_order() -> None:
    assert open_orders([proposal(1), proposal(2, customer_id="C000001")], now=NOW) == Opened(1, 1, 0)
    assert WorkOrder.objects.get().enriched_by == ["L000002"]


@pytest.mark.django_db
def test_a_proposal_named_twice_in_one_batch_counts_once() -> None:
    assert open_orders([proposal(1), proposal(1)], now=NOW) == Opened(1, 0, 1)


def test_a_decision_that_enriched_an_order_does_not_come_back_after_it_is_closed(rm: Who) -> None:
    joined = proposal(2, customer_id="C000001")
    open_orders([proposal(1), joined], now=NOW)
    log_contact(rm, "W000001", ContactReport("phone", "reached", outcome="saved"))
    assert open_orders([joined], now=LATER) == Opened(0, 0, 1)
    assert open_orders([proposal(3, customer_id="C000001")], now=LATER) == Opened(1, 0, 0)
