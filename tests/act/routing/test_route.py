"""Whose desk an order lies on: each rule by an example, all of them against an obvious reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.act.routing.route import Need, Route, Wants, route, routes
from liuke.act.routing.staffing import Leave, Member, Move, Shift, Skill, Staffing, receiver_of
from tests.act.routing.reference import expected

DAY = date(2026, 11, 30)
AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
PEOPLE = ("A", "B", "C", "D")
BRANCHES = ("NJ", "JS", "HQ")
FUND = frozenset({"fund"})
NEED = Need("C1", "A", "NJ", DAY - timedelta(days=1), DAY, AT)
MEMBERS = {staff_id: Member(staff_id, "NJ", True, 20) for staff_id in PEOPLE}


def staffing(**changes: object) -> Staffing:
    return Staffing(**{"members": MEMBERS, **changes})  # type: ignore[arg-type]


def away(staff_id: str, deputy_id: str | None = None, days: int = 0) -> Leave:
    return Leave(staff_id, DAY - timedelta(days=1), DAY + timedelta(days=days), deputy_id)


def certified(staff_id: str, until: date | None = None) -> dict[str, Member]:
    return MEMBERS | {staff_id: replace(MEMBERS[staff_id], skills=(Skill("fund", date(2020, 1, 1), until),))}


def test_the_owner_gets_it_when_nothing_stands_between() -> None:
    assert route(NEED, staffing(), {"A": 500}) == Route("A", "owner")


def test_on_leave_it_goes_to_the_deputy_in_the_owners_place_and_down_the_line_of_deputies() -> None:
    assert route(NEED, staffing(leaves=(away("A", "B"),)), {}) == Route("B", "deputy", "A", "on_leave")
    line = (away("A", "B"), away("B", "C"))
    assert route(NEED, staffing(leaves=line), {}) == Route("C", "deputy", "A", "on_leave")


def test_deputies_in_a_circle_leave_it_to_the_pool() -> None:
    assert route(NEED, staffing(leaves=(away("A", "B"), away("B", "A"))), {}) == Route(None, "pool", None, "on_leave")


@pytest.mark.parametrize(("first", "last"), [(1, 3), (-3, -1)], ids=["not yet", "no more"])
def test_leave_counts_on_its_days_only(first: int, last: int) -> None:
    leave = Leave("A", DAY + timedelta(days=first), DAY + timedelta(days=last), "B")
    assert route(NEED, staffing(leaves=(leave,)), {}).staff_id == "A"


def test_without_a_deputy_the_team_member_with_most_room_gets_it() -> None:
    house = staffing(leaves=(away("A"),), team={"C1": ("C", "D")})
    assert route(NEED, house, {"C": 3, "D": 2}) == Route("D", "team", "A", "on_leave")


def test_on_line_customers_go_to_the_adviser_on_duty_of_the_nearest_branch() -> None:
    shift = Shift("B", "JS", AT, AT + timedelta(hours=1))
    house = staffing(shifts=(shift,), above={"NJ": "JS", "JS": "HQ"})
    asked = replace(NEED, wants=Wants(on_line=True))
    assert route(asked, house, {}) == Route("B", "duty")
    assert route(NEED, house, {}).way == "owner"
    assert route(replace(asked, at=shift.ends_at), house, {}).way == "owner"
    nearer = replace(house, shifts=(shift, replace(shift, staff_id="C", branch_id="NJ")))
    assert route(asked, nearer, {"C": 99}).staff_id == "C"


def test_a_certificate_that_is_wanted_must_be_valid_on_the_day() -> None:
    asked = replace(NEED, wants=Wants(FUND))
    assert route(asked, staffing(members=certified("A", DAY)), {}) == Route("A", "owner")
    late = staffing(members=certified("A", DAY - timedelta(days=1)))
    assert route(asked, late, {}) == Route(None, "pool", None, "lacks_skill")
    assert route(asked, staffing(members=certified("C")), {}) == Route("C", "skilled", None, "lacks_skill")


def test_customers_moved_since_the_owner_was_known_go_to_the_receiver_and_only_from_the_day_on() -> None:
    move = Move(1, "A", ("B",), DAY)
    assert route(NEED, staffing(moves=(move,)), {}) == Route("B", "moved")
    assert route(replace(NEED, known_on=DAY), staffing(moves=(move,)), {}).way == "owner"
    tomorrow = replace(move, effective_on=DAY + timedelta(days=1))
    assert route(NEED, staffing(moves=(tomorrow,)), {}).way == "owner"
    others = replace(move, customers=frozenset({"C2"}))
    assert route(NEED, staffing(moves=(others,)), {}).way == "owner"


def test_several_receivers_share_the_customers_and_each_customer_has_one() -> None:
    move = Move(7, "A", ("B", "C", "D"), DAY)
    got = [receiver_of(move, f"C{n}") for n in range(3000)]
    assert got == [receiver_of(move, f"C{n}") for n in range(3000)]
    assert all(900 < got.count(each) < 1100 for each in move.receivers)


def test_orders_of_one_batch_are_spread_as_the_desks_fill() -> None:
    house = staffing(leaves=(away("A"),), team={f"C{n}": ("B", "C") for n in range(4)})
    needs = [replace(NEED, customer_id=f"C{n}") for n in range(4)]
    assert [found.staff_id for found in routes(needs, house, {})] == ["B", "C", "B", "C"]


days = st.integers(-2, 2).map(lambda n: DAY + timedelta(days=n))
hours = st.integers(-3, 3).map(lambda n: AT + timedelta(hours=n))
people = st.sampled_from(PEOPLE)
skills = st.lists(st.builds(Skill, st.sampled_from(["fund", "credit"]), days, st.none() | days), max_size=2).map(tuple)
members = st.lists(
    st.builds(Member, people, st.sampled_from(BRANCHES), st.booleans(), st.integers(0, 3), skills, st.booleans())
).map(lambda rows: {row.staff_id: row for row in rows})
leaves = st.lists(st.builds(Leave, people, days, days, st.none() | people), max_size=4).map(tuple)
shifts = st.lists(st.builds(Shift, people, st.sampled_from(BRANCHES), hours, hours), max_size=3).map(tuple)
moves = st.lists(
    st.builds(
        Move, st.integers(1, 9), people, st.lists(people, min_size=1, max_size=2).map(tuple), days,
        st.sampled_from([frozenset(), frozenset({"C1"}), frozenset({"C2"})]),
    ),
    max_size=3, unique_by=lambda move: move.number,
).map(tuple)  # fmt: skip
houses = st.builds(
    Staffing, members, leaves, shifts, moves,
    st.dictionaries(st.sampled_from(["C1", "C2"]), st.lists(people, max_size=3).map(tuple)),
    st.dictionaries(st.sampled_from(BRANCHES), st.sampled_from(BRANCHES)),
)  # fmt: skip
wants = st.builds(Wants, st.frozensets(st.sampled_from(["fund", "credit"]), max_size=2), st.booleans())
needs = st.builds(
    Need, st.sampled_from(["C1", "C2"]), st.none() | people, st.none() | st.sampled_from(BRANCHES), days,
    st.just(DAY), st.just(AT), wants,
)  # fmt: skip


@given(needs, houses, st.dictionaries(people, st.integers(0, 5)))
def test_the_route_is_what_the_obvious_reading_of_the_rules_says(
    need: Need, house: Staffing, load: Mapping[str, int]
) -> None:
    found = route(need, house, load)
    assert (found.staff_id, found.way) == expected(need, house, load)


@given(needs, houses, st.dictionaries(people, st.integers(0, 5)))
def test_nobody_gets_an_order_who_left_is_away_or_lacks_a_certificate(
    need: Need, house: Staffing, load: Mapping[str, int]
) -> None:
    found = route(need, house, load).staff_id
    if found is None:
        return
    member = house.members.get(found)
    assert member is None or member.active
    assert not any(leave.staff_id == found and leave.since <= DAY <= leave.until for leave in house.leaves)
    held = {skill.code for skill in member.skills if skill.holds(DAY)} if member else set()
    assert need.wants.skills <= held
