"""Scopes of log-ins: the tree, the RM's book, and the three forms of the rule being one rule."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import pytest

from liuke.govern.access import ROLES, Scope, scope_of
from liuke.state.actions import cancel_order, hand_over, open_orders
from liuke.state.actions.change_order import Who
from liuke.state.models import Branch, TeamMember, User, WorkOrder
from liuke.state.scopes import scope_for, subtree

from .conftest import NOW, proposal


def test_a_subtree_is_the_branch_and_all_below_it(bank: None) -> None:
    assert subtree("JS") == {"JS", "NJ", "NJ1"}
    assert subtree("HZ") == {"HZ"}
    assert subtree("nowhere") == frozenset()


def test_a_circle_in_the_branch_tree_does_not_hang(bank: None) -> None:
    Branch.objects.filter(branch_id="JS").update(parent_id="NJ1")
    assert subtree("NJ") == {"NJ", "NJ1", "JS"}


def test_the_head_office_sees_all_and_an_unknown_branch_nothing(who: Callable[..., Who]) -> None:
    assert who("analyst", "HQ").scope.branches is None
    assert who("branch_head", "JS").scope.branches == {"JS", "NJ", "NJ1"}
    assert who("compliance", "").scope.branches == frozenset()


def test_an_rm_without_a_staff_id_sees_nothing(bank: None) -> None:
    open_orders([proposal(1, staff_id=None), proposal(2)], now=NOW)
    scope = scope_for(User.objects.create(username="x", role="rm", branch_id="HQ"))
    assert not WorkOrder.objects.visible_to(scope).exists()


def test_an_rm_sees_team_customers(who: Callable[..., Who]) -> None:
    open_orders([proposal(1, staff_id="S2"), proposal(2, staff_id="S2")], now=NOW)
    TeamMember.objects.create(staff_id="S1", customer_id="C000002")
    scope = who("rm", "NJ", "S1").scope
    assert [o.customer_id for o in WorkOrder.objects.visible_to(scope)] == ["C000002"]


def test_an_rm_sees_customers_of_other_books_while_their_order_lies_on_the_own_desk(
    who: Callable[..., Who], head: Who
) -> None:
    open_orders([proposal(1, staff_id="S2"), proposal(2, staff_id="S2"), proposal(3)], now=NOW)
    assert who("rm", "NJ", "S1").scope.customers == frozenset()
    order = hand_over(head, "W000001", "S1")
    scope = who("rm", "NJ", "S1").scope
    assert scope.customers == {"C000001"}
    assert not scope.sees(branch_id="NJ1", staff_id="S2", customer_id="C000002")
    cancel_order(head, order.order_id, "客户要求")
    assert who("rm", "NJ", "S1").scope.customers == frozenset()


def test_orders_of_which_the_owner_was_not_kept_lend_nothing(who: Callable[..., Who]) -> None:
    open_orders([proposal(1)], now=NOW)
    WorkOrder.objects.update(owner_id=None)
    assert who("rm", "NJ", "S1").scope.customers == frozenset()


def test_a_team_lead_sees_orders_of_the_staff_of_the_own_branch_and_customers_they_share(
    who: Callable[..., Who],
) -> None:
    open_orders([proposal(1, staff_id="S1"), proposal(2, staff_id="S9"), proposal(3, staff_id=None)], now=NOW)
    open_orders([proposal(4, staff_id="S9")], now=NOW)
    TeamMember.objects.create(staff_id="S1", customer_id="C000002")
    scope = who("team_lead", "NJ").scope
    assert "S1" in scope.books
    assert scope.branches == {"NJ"}
    assert {o.customer_id for o in WorkOrder.objects.visible_to(scope)} == {"C000001", "C000002"}
    assert who("team_lead", "").scope.books == frozenset()


def _scopes() -> Iterator[Scope]:
    trees = (None, (), ("NJ",), ("JS", "NJ", "NJ1"))
    for role, tree, staff, team in product(
        (*ROLES, "nonsense"),
        trees,
        (None, "S1", "S3"),
        ((), ("C000003",)),
    ):
        yield scope_of("x", role, subtree=tree, staff_id=staff, team=team, desks=("S2",))


@pytest.mark.django_db
def test_the_query_gives_exactly_the_rows_the_plain_rule_lets_through() -> None:
    places = product(("NJ", "NJ1", "HZ", None), ("S1", "S2", "S3", None))
    open_orders([proposal(n, branch_id=b, staff_id=s) for n, (b, s) in enumerate(places)], now=NOW)
    rows = list(WorkOrder.objects.all())
    for scope in _scopes():
        expected = {
            r.order_id
            for r in rows
            if scope.sees(branch_id=r.branch_id or None, staff_id=r.staff_id, customer_id=r.customer_id)
        }
        got = set(WorkOrder.objects.visible_to(scope).values_list("order_id", flat=True))
        assert got == expected, scope


def test_a_role_nobody_knows_sees_nothing() -> None:
    scope = scope_of("x", "root", subtree=None)
    assert not scope.sees(branch_id="NJ", staff_id="S1", customer_id="C1")
    assert scope == replace(scope, branches=frozenset())
