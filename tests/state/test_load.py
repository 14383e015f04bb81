"""Rows ↔ values."""

from dataclasses import replace
from datetime import timedelta

import pytest

from liuke.act.workorder import Accept, Close, Contact, Enrich, Expire, Order, Promise, play
from liuke.state.load import order_of, row_of
from liuke.state.models import WorkOrder

from .conftest import NOW, proposal

LATER = NOW + timedelta(hours=1)
LIVES = {
    "fresh": (),
    "pooled": (),
    "accepted": (Accept(),),
    "promised": (Contact("phone", "not_reached"), Promise(LATER + timedelta(days=3))),
    "closed": (Contact("visit", "reached"), Close("saved")),
    "enriched": (Enrich("L9", "P1", LATER, LATER),),
}


@pytest.mark.django_db
@pytest.mark.parametrize("life", LIVES)
def test_an_order_comes_back_from_the_database_as_it_went_in(life: str) -> None:
    order, facts = proposal(1, staff_id=None if life == "pooled" else "S1")
    order, _ = play(order, LIVES[life], LATER)
    row_of(order, facts, LATER).save()
    assert order_of(WorkOrder.objects.get()) == order


@pytest.mark.django_db
def test_a_pooled_order_without_a_branch_comes_back_without_one() -> None:
    order, facts = proposal(1, staff_id=None, branch_id=None)
    order, _ = play(replace(order, expires_at=NOW), [Expire()], NOW)
    row_of(order, facts, NOW).save()
    back: Order = order_of(WorkOrder.objects.get())
    assert (back, back.branch_id) == (order, None)
