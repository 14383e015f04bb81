from datetime import timedelta

import numpy as np

from liuke.sim import JUDGEMENTS, Orders, calendar_day, rm_works
from liuke.sim.seasons import is_workday, workday_after
from liuke.sim.world import LEAVING


def orders(world, who):
    return Orders(who, np.full(len(who), world.day), world.bank.customers.rm[who])


def test_contacts_happen_on_one_of_the_next_three_workdays(loop_start):
    worked = rm_works(loop_start, orders(loop_start, np.arange(400)))
    allowed = {workday_after(loop_start.day, k) for k in (1, 2, 3)}
    assert set(worked.contacts.day.tolist()) == allowed
    assert all(is_workday(calendar_day(d)) and d > loop_start.day for d in allowed)


def test_about_three_in_four_are_reached(loop_start):
    worked = rm_works(loop_start, orders(loop_start, np.arange(2_000)))
    assert 0.70 < (worked.contacts.result == 0).mean() < 0.80


def test_an_order_is_worked_alike_whoever_else_has_one(loop_start):
    all_, some = np.arange(600), np.arange(5, 600, 7)
    together, apart = rm_works(loop_start, orders(loop_start, all_)), rm_works(loop_start, orders(loop_start, some))
    for name in ("day", "second", "channel", "result"):
        assert np.array_equal(getattr(together.contacts, name)[some], getattr(apart.contacts, name))
    assert np.array_equal(together.judgement[some], apart.judgement)


def test_managers_judge_honestly_but_not_perfectly(loop_start):
    worked = rm_works(loop_start, orders(loop_start, np.arange(2_500)))
    reached = worked.contacts.result == 0
    said = np.array(JUDGEMENTS)[worked.judgement]
    assert set(said[worked.contacts.result == 1]) == {"unreachable"}
    leaving = reached & (loop_start.phase[worked.contacts.who] == LEAVING)
    calm = reached & (loop_start.phase[worked.contacts.who] == 0)
    assert (said[calm] == "wrong_signal").mean() > 0.5 > (said[leaving] == "wrong_signal").mean()
    assert {"saved", "lost", "undecided"} <= set(said[leaving])


def test_make_up_workdays_and_festivals_are_known():
    from datetime import date

    assert is_workday(date(2026, 2, 14))
    assert not is_workday(date(2026, 2, 17))
    assert not is_workday(date(2031, 2, 1))
    assert is_workday(date(2031, 2, 1) + timedelta(days=2))
