from __future__ import annotations

from datetime import date, timedelta

import pytest

from liuke.act.holdout import draw
from liuke.act.withheld import Withheld
from liuke.track.saved.everybody import days_between
from liuke.track.saved.remarks import remarks

from .conftest import DECIDED, Told

HELD = Withheld("global", 0.5, "s")


def held(customer: str) -> bool:
    return draw(customer, "global", "s") < HELD.share


def test_the_whole_bank_is_compared_with_those_who_got_nothing_whoever_was_decided_about(bank: Told) -> None:
    day = DECIDED + timedelta(days=40)
    for n in range(60):
        name = f"C{n}"
        leaves = held(name) and n % 2 == 0
        bank.customer(name, closed_on=DECIDED + timedelta(days=20) if leaves else None)
        bank.pays(f"{name}-1", day - timedelta(days=3))
        if not held(name) and n % 3 == 0:
            bank.told(name, "treated", stays=True)
    bank.told("C-new", "treated", stays=True)  # no customer on the day before the first decision
    found = bank.board(day, held=HELD)
    assert found.everybody
    reading, people = found.everybody.reading, [f"C{n}" for n in range(60)]
    assert found.everybody.since == DECIDED - timedelta(days=1)
    assert reading.holdout.measured == found.everybody.held_out == sum(map(held, people))
    assert reading.treated.measured == found.everybody.others == 60 - found.everybody.held_out
    gone = sum(held(p) and n % 2 == 0 for n, p in enumerate(people))
    assert reading.saves
    assert reading.saves.estimate == pytest.approx(gone / found.everybody.held_out * found.everybody.others)
    assert found.last_word is reading
    assert [d for d, _ in found.everybody.days] == [date(2026, 3, 31), day]
    assert "no_global_holdout" not in [f.code for f in remarks(found)]


def test_hold_outs_who_were_treated_after_all_are_counted_and_named(bank: Told) -> None:
    first, *others = [f"C{n}" for n in range(40)]
    for name in (first, *others):
        bank.customer(name)
    reached = next(name for name in others if held(name))
    bank.told(reached, "treated", stays=True)
    found = bank.board(held=HELD)
    assert found.everybody
    assert found.everybody.reached == 1
    assert "global_reached" in [f.code for f in remarks(found)]


def test_without_a_global_hold_out_the_board_says_so(bank: Told) -> None:
    bank.customer("C1")
    bank.told("C1", "treated", stays=True)
    found = bank.board(held=Withheld("global", 0.0, "s"))
    assert found.everybody is None
    assert found.last_word is found.main
    assert "no_global_holdout" in [f.code for f in remarks(found)]


def test_month_ends_up_to_the_day_are_looked_at_and_at_most_a_year_of_them() -> None:
    assert days_between(date(2026, 1, 31), date(2026, 3, 15)) == (date(2026, 2, 28), date(2026, 3, 15))
    assert days_between(date(2026, 3, 15), date(2026, 3, 15)) == ()
    assert len(days_between(date(2020, 1, 1), date(2026, 3, 15))) == 13
