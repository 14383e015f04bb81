"""Sim-internal truths: the two worlds of a counterfactual are the factual one wherever they must be."""

from datetime import date, timedelta

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from liuke.errors import YourMistake
from liuke.sim import (
    Decision,
    Orders,
    SimConfig,
    advance,
    calendar_day,
    counterfactual,
    found_bank,
    history,
    no_contacts,
    ordinal,
    rm_works,
    write_truth,
)
from liuke.sim.facts import customer_ids
from liuke.sim.truth import trace
from liuke.sim.world import DO_NOT_DISTURB, LEAVING, LOST_CAUSE, PERSUADABLE, SURE_THING

pytestmark = pytest.mark.truth
END = date(2026, 6, 30)
CONFIG = SimConfig(2_500, END, months=8, seed=21)
LOOP = END - timedelta(days=110)


@pytest.fixture(scope="module")
def start():
    return history(found_bank(CONFIG), LOOP, None).world


def decided(world, every=1):
    """Customers well into an episode now and three weeks from now, and some who are in none."""
    soon, _ = advance(world, 21)
    parts = []
    for w in (world, soon):
        who = np.flatnonzero((w.phase == LEAVING) & (w.day - w.since > 18) & w.alive)
        parts.append((np.concatenate([who, np.flatnonzero(w.alive & (w.phase == 0))[:60]]), w.day))
    seen, rows = set(), []
    for who, day in parts:
        for c in who[::every].tolist():
            if c not in seen:
                seen.add(c)
                rows.append((c, day))
    return rows


def as_decisions(world, rows):
    ids = customer_ids(world.bank.customers.index[[c for c, _ in rows]]).to_pylist()
    return [Decision(i, calendar_day(day)) for i, (_, day) in zip(ids, rows, strict=True)]


@pytest.fixture(scope="module")
def truth(start):
    return counterfactual(CONFIG, as_decisions(start, decided(start)), (30, 60), END, start)


@pytest.fixture(scope="module")
def factual(start):
    """The loop as a bank would run it: half of the decisions get an order; day by day."""
    rows = decided(start)
    treated = np.array([c % 2 == 0 for c, _ in rows])
    who, day = (np.array(v) for v in zip(*rows, strict=True))
    world, contacts = start, no_contacts()
    aum, own, closed = [start.aum], [np.zeros(len(start.closed), int)], [start.closed >= 0]
    while world.day < ordinal(END):
        new = treated & (day == world.day)
        order = Orders(who[new], day[new], world.bank.customers.rm[who[new]])
        contacts = contacts.joined(rm_works(world, order).contacts)
        world, tables = advance(world, 1, contacts)
        t = tables["transaction"]
        mine = t.filter(pc.equal(t["initiator"], "customer"))["account_id"]
        index = np.array([int(a[4:]) for a in mine.to_pylist()], int)
        aum.append(world.aum)
        own.append(np.bincount(index, minlength=len(world.closed)))
        closed.append(world.closed >= 0)
    return rows, treated, np.array(aum), np.array(own), np.array(closed)


@pytest.mark.parametrize("horizon", [30, 60])
def test_the_factual_outcome_is_the_one_of_its_own_arm(start, truth, factual, horizon):
    rows, treated, aum, own, closed = factual
    h = truth.horizons.index(horizon)
    assert len(rows) > 150
    for i, (c, day) in enumerate(rows):
        at, end = day - start.day, day - start.day + horizon
        share = aum[end, c] / aum[at, c] if aum[at, c] else 1.0
        kept = not closed[end, c] and 2 * aum[end, c] >= aum[at, c] and own[end - 29 : end + 1, c].sum() >= 1
        arm = (truth.treated if treated[i] else truth.untreated)[h]
        assert truth.mature[h, i]
        assert arm.retained[i] == kept
        assert arm.kept_share[i] == pytest.approx(min(share, 1.0), abs=1e-12)


def test_before_the_first_contact_both_worlds_are_the_same_day_by_day(start):
    rows = decided(start)
    who, day = (np.array(v) for v in zip(*rows, strict=True))
    calls = rm_works(start, Orders(who, day, start.bank.customers.rm[who])).contacts
    base, helped = trace(start, no_contacts(), ordinal(END)), trace(start, calls, ordinal(END))
    for c, contacted in zip(calls.who.tolist(), calls.day.tolist(), strict=True):
        until = contacted - start.day + 1
        assert np.array_equal(base.aum[:until, c], helped.aum[:until, c])
        assert np.array_equal(base.initiated[:until, c], helped.initiated[:until, c])
    assert not np.array_equal(base.aum, helped.aum)


def test_replaying_from_the_first_day_gives_the_same_truth(start, truth):
    again = counterfactual(CONFIG, list(truth.decisions), truth.horizons, END)
    for one, two in zip((*truth.untreated, *truth.treated), (*again.untreated, *again.treated), strict=True):
        assert np.array_equal(one.retained, two.retained)
        assert np.array_equal(one.kept_share, two.kept_share)
    assert np.array_equal(truth.kind, again.kind)


def test_effects_differ_by_kind_as_planted(truth):
    assert 0.10 < truth.effect(60, (truth.kind == PERSUADABLE) & truth.reached) < 0.95
    assert (
        truth.effect(60, truth.kind == SURE_THING) == pytest.approx(0, abs=1e-12)
        or not (truth.kind == SURE_THING).any()
    )
    assert abs(truth.effect(60, truth.kind == LOST_CAUSE)) < 0.12
    assert truth.effect(60, truth.kind == DO_NOT_DISTURB) <= 0
    assert truth.effect(60, truth.kind == -1) == pytest.approx(0, abs=0.02)
    assert truth.effect(60, ~truth.reached) == 0
    assert truth.effect(30) > 0.03
    assert truth.balance_effect(60) > 0.02


def test_individual_effects_are_of_single_customers_and_average_to_the_mean(truth):
    mine = truth.effects(60)
    assert set(mine) <= {-1.0, 0.0, 1.0}
    assert (mine > 0).sum() > 10
    assert mine.mean() == pytest.approx(truth.effect(60))


def test_decisions_without_a_full_horizon_are_not_mature(start):
    one = as_decisions(start, decided(start)[:3])
    short = counterfactual(CONFIG, one, (30, 60), LOOP + timedelta(days=45), start)
    assert short.mature[0].all()
    assert not short.mature[1].any()
    assert np.isnan(short.effect(60))
    assert np.isnan(short.effects(60)).all()
    assert np.isnan(short.treated[1].kept_share).all()


def test_a_decision_before_the_worlds_day_is_refused(start):
    early = Decision("C100000001", LOOP - timedelta(days=1))
    with pytest.raises(YourMistake, match="before the world's day"):
        counterfactual(CONFIG, [early], (30,), END, start)


def test_an_unknown_customer_is_named(start):
    with pytest.raises(YourMistake, match="C999"):
        counterfactual(CONFIG, [Decision("C999", LOOP)], (30,), END, start)


def test_truth_is_written_apart_one_row_per_decision_and_horizon(truth, tmp_path):
    write_truth(truth, tmp_path / "truth" / "effects.parquet")
    rows = pq.read_table(tmp_path / "truth" / "effects.parquet")
    assert rows.num_rows == 2 * len(truth.decisions)
    assert set(rows["kind"].unique().to_pylist()) >= {"persuadable", None}


def test_no_decisions_and_too_short_horizons_are_refused(start):
    with pytest.raises(YourMistake, match="no decisions"):
        counterfactual(CONFIG, [], (30,), END, start)
    with pytest.raises(YourMistake, match="reaches back"):
        counterfactual(CONFIG, as_decisions(start, decided(start)[:1]), (10,), END, start)
