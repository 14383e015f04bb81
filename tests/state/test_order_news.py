"""News of orders: what is new since a number, and whom it concerns."""

from __future__ import annotations

import pytest

from liuke.govern.access import Scope
from liuke.state.actions import open_orders
from liuke.state.order_news import OVERLAP, newest_number, news_since
from tests.state.conftest import NOW, proposal


@pytest.fixture
def after(bank: None) -> int:
    open_orders([proposal(1)], now=NOW)
    return newest_number()


def fresh(after: int) -> list[tuple[str, str]]:
    return [(news.kind, news.order_id) for news in news_since(after) if news.number > after]


def test_only_what_came_after_the_number_is_new_in_the_order_of_writing(after):
    assert fresh(after) == []
    open_orders([proposal(3), proposal(2)], now=NOW)
    assert fresh(after) == [("opened", "W000003"), ("opened", "W000002")]


def test_an_order_that_is_enriched_is_news(after):
    open_orders([proposal(9, customer_id="C000001")], now=NOW)
    assert fresh(after) == [("enriched", "W000001")]


def test_what_was_written_shortly_before_is_read_again(after):
    assert [news.order_id for news in news_since(after)] == ["W000001"]
    assert news_since(after + OVERLAP) == []


@pytest.mark.parametrize(
    ("scope", "hears"),
    [
        (Scope("a", "rm", frozenset({"NJ"}), "S1"), True),
        (Scope("b", "rm", frozenset({"NJ"}), "S2"), False),
        (Scope("c", "rm", frozenset({"NJ"}), "S2", frozenset({"C000001"})), True),
        (Scope("d", "branch_head", frozenset({"NJ", "NJ1"})), True),
        (Scope("e", "branch_head", frozenset({"HZ"})), False),
        (Scope("f", "compliance", None), True),
    ],
)
def test_news_concern_those_who_may_see_the_order(after, scope, hears):
    [news] = news_since(after)
    assert news.concerns(scope) is hears
