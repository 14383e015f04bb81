from __future__ import annotations

from datetime import timedelta

import ibis
import pytest

from liuke.lake import known
from liuke.tables import CONTACT, DECISION, OUTCOME
from liuke.track.effect import effect
from liuke.track.saved.prices import Prices
from liuke.track.saved.remarks import remarks

from .conftest import DECIDED, Told, at


def test_a_source_reads_as_its_own_effect_report_does(bank: Told) -> None:
    bank.many("a", "treated", 90, 10, share=0.3, aum="1200.00")
    bank.many("b", "holdout", 24, 16, share=0.3, aum="900.00")
    bank.many("c", "treated", 5, 5, experiment="campaign_spring", treatment="spring.sms")
    found = bank.board()
    day = at(found.day)
    contacts = known(bank.table(CONTACT), CONTACT, day)
    report = effect(bank.engine, bank.table(DECISION), bank.table(OUTCOME), contacts, "rm_care", 30, day)
    loop = next(row.reading for row in found.sources if row.source.kind == "loop")
    for ours, theirs in (
        (loop.saves, report.saved_customers),
        (loop.aum, report.saved_aum_adjusted),
        (loop.aum_plain, report.saved_aum),
    ):
        assert ours
        assert theirs
        assert (ours.estimate, ours.low, ours.high) == pytest.approx((theirs.estimate, theirs.low, theirs.high))


def test_each_customer_counts_once_in_the_whole_and_once_in_each_source(bank: Told) -> None:
    for n in range(20):
        arm = "treated" if n % 2 else "holdout"
        bank.told(f"C{n}", arm, stays=True)
        bank.told(f"C{n}", "treated", stays=True, experiment="trigger_x", day=DECIDED + timedelta(days=3))
        bank.told(f"C{n}", arm, stays=False, day=DECIDED + timedelta(days=20))
    found = bank.board()
    assert (found.main.treated.decided, found.main.holdout.decided) == (10, 10)
    by_kind = {row.source.kind: row.reading for row in found.sources}
    assert by_kind["loop"].treated.measured + by_kind["loop"].holdout.measured == 20
    assert by_kind["trigger"].treated.measured == 20
    assert by_kind["loop"].saves
    assert by_kind["loop"].saves.estimate == pytest.approx(0)  # the second decisions, who left, are left out


def test_who_entered_before_the_period_does_not_come_in_with_a_later_decision(bank: Told) -> None:
    bank.told("old", "treated", stays=True, day=DECIDED - timedelta(days=100))
    bank.told("old", "treated", stays=True)
    bank.told("new", "treated", stays=True)
    assert bank.board(since=DECIDED).main.treated.decided == 1
    assert bank.board().main.treated.decided == 2


def test_cost_is_that_of_each_treatment_and_a_save_has_a_price_only_when_there_are_saves(bank: Told) -> None:
    bank.many("a", "treated", 95, 5)
    bank.many("a", "holdout", 50, 50)
    bank.many("b", "treated", 50, 50, experiment="offer_tea", treatment="tea")
    bank.many("b", "holdout", 50, 50, experiment="offer_tea")
    bank.told("s", "treated", stays=True, experiment="campaign_spring", treatment="spring.sms")
    bank.told("t", "treated", stays=True, experiment="campaign_spring", treatment="spring.gone")
    bank.told("u", "treated", stays=True, experiment="campaign_lost", treatment="lost.sms")
    readings = {row.source.experiment: row.reading for row in bank.board().sources}
    loop = readings["rm_care"]
    assert loop.cost == 3000
    assert loop.cost_per_save
    assert loop.saves
    assert loop.cost_per_save.estimate == pytest.approx(3000 / 45)
    assert loop.cost_per_save.low == pytest.approx(3000 / loop.saves.high)
    assert loop.returned
    assert loop.aum
    assert loop.returned.estimate == pytest.approx(loop.aum.estimate * 0.012 / 3000)
    assert (readings["offer_tea"].cost, readings["offer_tea"].cost_per_save) == (8000, None)
    assert readings["campaign_spring"].cost == 6.5  # an arm that is gone costs what the dearest does
    assert readings["campaign_lost"].cost is None


def test_sources_of_unlike_shares_are_read_together_without_bias(bank: Told) -> None:
    """Nothing works; the campaign's customers leave more often and more of them are held out."""
    bank.many("a", "treated", 810, 90, share=0.1)
    bank.many("a", "holdout", 90, 10, share=0.1)
    bank.many("b", "treated", 100, 100, share=0.5, experiment="campaign_spring")
    bank.many("b", "holdout", 100, 100, share=0.5, experiment="campaign_spring")
    found = bank.board().main
    assert found.difference
    assert found.difference.estimate == pytest.approx(0, abs=1e-9)
    assert found.difference.low < 0 < found.difference.high


def test_where_nobody_was_held_out_nothing_is_compared_but_the_cost_counts(bank: Told) -> None:
    bank.many("a", "treated", 3, 3, share=0.0)
    found = bank.board()
    assert (found.main.treated.measured, found.main.treated.uncompared, found.main.difference) == (0, 6, None)
    assert found.spent == 180
    assert "uncompared" in [f.code for f in remarks(found)]


def test_the_last_step_is_the_whole_and_its_interval_is_not_the_steps_added(bank: Told) -> None:
    bank.many("a", "treated", 60, 20)
    bank.many("a", "holdout", 30, 20)
    bank.many("b", "treated", 50, 20, day=DECIDED + timedelta(days=31))
    bank.many("b", "holdout", 20, 25, day=DECIDED + timedelta(days=31))
    found = bank.board(DECIDED + timedelta(days=90))
    march, april = found.steps
    assert (march.begins.month, april.begins.month) == (3, 4)
    assert april.so_far.saves == found.main.saves
    assert march.so_far.saves == march.alone.saves
    assert april.so_far.saves
    assert march.alone.saves
    assert april.alone.saves
    width = april.so_far.saves.high - april.so_far.saves.low
    assert width < sum(step.alone.saves.high - step.alone.saves.low for step in (march, april) if step.alone.saves)


def test_the_sum_of_sources_knows_that_one_customer_stands_in_both(bank: Told) -> None:
    for n in range(200):
        arm, stays = ("treated", n % 10 < 9) if n % 2 else ("holdout", n % 10 < 6)
        bank.told(f"C{n}", arm, stays=stays)
        bank.told(f"C{n}", arm, stays=stays, experiment="trigger_x")
    found = bank.board()
    loop = next(row.reading for row in found.sources if row.source.kind == "loop")
    assert found.total
    assert loop.saves
    assert (found.total.customers, found.total.in_several) == (200, 200)
    assert found.total.saves.estimate == pytest.approx(2 * loop.saves.estimate)
    # Drawn together, the two are one measurement twice: twice the error, not the root of two times it.
    spread, own = (i.high - i.low for i in (found.total.saves, loop.saves))
    assert spread == pytest.approx(2 * own, rel=0.05)


def test_branches_are_drawn_towards_the_whole_and_small_ones_hide(bank: Told) -> None:
    bank.many("a", "treated", 38, 2, branch_id="A")
    bank.many("a", "holdout", 20, 20, branch_id="A")
    bank.many("b", "treated", 30, 10, branch_id="B")
    bank.many("b", "holdout", 29, 11, branch_id="B")
    bank.many("c", "treated", 4, 1, branch_id="C")
    bank.many("c", "holdout", 12, 1, branch_id="C")
    rows = {row.key: row for row in bank.board().branches}
    a, b, c = rows["A"], rows["B"], rows["C"]
    assert a.raw.difference
    assert b.raw.difference
    assert a.difference
    assert b.difference
    assert b.raw.difference.estimate < b.difference.estimate < a.difference.estimate < a.raw.difference.estimate
    assert a.difference.low < a.difference.estimate < a.difference.high
    assert (c.hidden, c.saves, c.aum) == (True, None, None)


def test_the_scope_is_cut_after_the_first_decision_was_found(bank: Told) -> None:
    """A customer who came from another branch is no newcomer to this one's board."""
    bank.told("moved", "treated", stays=True, day=DECIDED - timedelta(days=99), branch_id="A")
    bank.told("moved", "treated", stays=True, branch_id="B")
    bank.told("own", "treated", stays=True, branch_id="B")
    found = bank.board(within=lambda rows: rows.filter(rows.branch_id == ibis.literal("B")))
    assert found.main.treated.decided == 1


def test_one_source_alone_is_its_own_headline(bank: Told) -> None:
    bank.many("a", "treated", 20, 0)
    bank.many("b", "treated", 10, 2, experiment="trigger_x")
    bank.many("b", "holdout", 6, 6, experiment="trigger_x")
    found = bank.board(source="trigger_x")
    assert (found.main.treated.measured, found.total, found.everybody) == (12, None, None)
    assert found.last_word is found.main
    assert found.spent == 360


def test_what_happens_after_the_day_changes_nothing(bank: Told) -> None:
    bank.many("a", "treated", 40, 10)
    bank.many("a", "holdout", 25, 25)
    day = DECIDED + timedelta(days=40)
    before = bank.board(day)
    bank.many("z", "treated", 50, 0, day=day + timedelta(days=1))
    bank.told("late", "holdout", stays=False, day=day - timedelta(days=10))  # matures after the day
    after = bank.board(day)
    assert after.main.saves == before.main.saves
    assert after.main.holdout.immature == 1
    assert after.spent == before.spent


def test_before_anything_was_decided_there_is_nothing_and_no_number(bank: Told) -> None:
    found = bank.board()
    assert (found.main.saves, found.main.aum, found.steps, found.sources, found.total) == (None, None, (), (), None)
    assert [f.code for f in remarks(found)] == ["nothing_decided", "no_global_holdout"]


def test_prices_without_a_margin_give_no_return(bank: Told) -> None:
    bank.many("a", "treated", 30, 0)
    bank.many("a", "holdout", 5, 25)
    found = bank.board(prices=Prices(30.0)).main
    assert (found.gain, found.returned) == (None, None)
    assert found.cost_per_save
