"""The page of orders: tabs, search, sorting, scope, and that pages neither overlap nor miss."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed, Scope
from liuke.state.actions import ContactReport, log_contact, open_orders
from liuke.state.actions.change_order import Who
from liuke.state.order_list import Only, OrderPage, page

from .conftest import NOW, proposal


def _ids(shown: OrderPage) -> list[str]:
    return [row.order_id for row in shown.rows]


def _shown(
    scope: Scope, tab: str = "open", query: str = "", sort: str = "urgency", number: int = 1, **more: str
) -> OrderPage:
    return page(scope, tab, query, sort, number, 10, now=NOW, only=Only(**more))


@pytest.fixture
def desk(rm: Who) -> Scope:
    """S1's desk: W1 P2, W2 P1, W3 promised, W4 followed, W5 closed, W6 not due today; W7 is S2's."""
    far = NOW + timedelta(days=2)
    open_orders(
        [
            proposal(1, due_at=NOW + timedelta(hours=1), warn_at=NOW),
            proposal(2, priority="P1", customer_name="欧阳娜娜", score=0.9),
            proposal(3, due_at=far, warn_at=far),
            proposal(4, due_at=far, warn_at=far),
            proposal(5, due_at=far, warn_at=far),
            proposal(6, due_at=far, warn_at=far, aum=Decimal("9000000.00")),
            proposal(7, staff_id="S2"),
        ],
        now=NOW,
    )
    log_contact(rm, "W000003", ContactReport("phone", "not_reached", next_contact_at=far))
    log_contact(rm, "W000004", ContactReport("wecom", "reached"))
    log_contact(rm, "W000005", ContactReport("phone", "reached", outcome="saved"))
    return rm.scope


def test_tabs_hold_and_count_what_they_say(desk: Scope) -> None:
    tabs = {tab: _ids(_shown(desk, tab)) for tab in _shown(desk).counts}
    assert tabs == {
        "open": ["W000002", "W000001", "W000003", "W000004", "W000006"],
        "escalated": [],
        "todo": ["W000002", "W000001", "W000006"],
        "urgent": ["W000002"],
        "due_soon": ["W000001"],
        "following": ["W000004"],
        "waiting": ["W000003"],
        "closed": ["W000005"],
        "promised": [],
        "day": ["W000002", "W000001", "W000004", "W000006"],
    }
    assert _shown(desk).counts == {tab: len(ids) for tab, ids in tabs.items()}


@pytest.mark.parametrize(
    ("query", "found"), [("阳娜", ["W000002"]), ("W000006", ["W000006"]), ("C000004", ["W000004"]), ("W000007", [])]
)
def test_search_finds_names_orders_and_customers_within_the_scope(desk: Scope, query: str, found: list[str]) -> None:
    shown = _shown(desk, query=query)
    assert (_ids(shown), shown.total) == (found, len(found))


@pytest.mark.parametrize("role", ["analyst", "compliance"])
def test_roles_that_see_masked_names_find_numbers_only(who: Callable[..., Who], desk: Scope, role: str) -> None:
    scope = who(role, "HQ").scope
    assert _shown(scope, query="阳娜").total == 0
    assert _shown(scope, query="欧阳娜娜").counts == dict.fromkeys(_shown(scope).counts, 0)
    assert _ids(_shown(scope, query="W000006")) == ["W000006"]
    assert _ids(_shown(scope, query="C000004")) == ["W000004"]


def test_a_branch_head_finds_names_within_the_own_branches(head: Who, desk: Scope) -> None:
    assert _ids(_shown(head.scope, query="阳娜")) == ["W000002"]


def test_sorting_puts_the_greatest_first(desk: Scope) -> None:
    assert _ids(_shown(desk, sort="score"))[0] == "W000002"
    assert _ids(_shown(desk, sort="aum"))[0] == "W000006"
    assert _ids(_shown(desk, sort="due"))[0] == "W000001"
    assert _ids(_shown(desk, sort="newest"))[0] == "W000006"


def test_a_theme_nobody_has_gives_an_empty_page(desk: Scope) -> None:
    shown = _shown(desk, theme="maturity")
    assert (shown.rows, shown.total, shown.pages, shown.first) == ((), 0, 1, 0)


@pytest.mark.parametrize("sort", ["urgency", "due", "score", "aum", "newest"])
def test_pages_neither_overlap_nor_miss_when_all_rows_are_equal(head: Who, sort: str) -> None:
    same = {"due_at": NOW + timedelta(hours=4), "warn_at": NOW}
    open_orders([proposal(n, **same) for n in range(25)], now=NOW)
    pages = [_shown(head.scope, sort=sort, number=n) for n in (1, 2, 3)]
    assert [len(p.rows) for p in pages] == [10, 10, 5]
    assert len({i for p in pages for i in _ids(p)}) == 25
    assert [p.first for p in pages] == [1, 11, 21]


@pytest.mark.parametrize("sort", ["urgency", "due", "score", "aum", "newest"])
def test_pages_side_by_side_are_the_whole_list_in_order(head: Who, sort: str) -> None:
    open_orders([proposal(n, score=n * 7 % 5, aum=Decimal(n * 11 % 7)) for n in range(23)], now=NOW)
    whole = page(head.scope, "open", "", sort, 1, 100, now=NOW)
    pages = [page(head.scope, "open", "", sort, n, 5, now=NOW) for n in range(1, 6)]
    assert [i for p in pages for i in _ids(p)] == _ids(whole)
    assert len(whole.rows) == 23


def test_a_page_beyond_the_end_shows_the_last_one(desk: Scope) -> None:
    assert _shown(desk, number=99).page == 1


def test_a_branch_head_sees_the_subtree_only(who: Callable[..., Who], desk: Scope) -> None:
    open_orders([proposal(8, branch_id="NJ1", staff_id="S2"), proposal(9, branch_id="HZ", staff_id="S3")], now=NOW)
    ids = _ids(_shown(who("branch_head", "NJ").scope))
    assert "W000008" in ids
    assert "W000009" not in ids


def test_an_administrator_sees_no_orders(who: Callable[..., Who]) -> None:
    with pytest.raises(NotAllowed):
        _shown(who("admin", "HQ").scope)


def test_an_unknown_tab_or_sort_is_named_with_the_nearest_known(desk: Scope) -> None:
    with pytest.raises(YourMistake, match="did you mean 'urgent'"):
        _shown(desk, "urgnet")
    with pytest.raises(YourMistake, match="did you mean 'score'"):
        _shown(desk, sort="scores")
