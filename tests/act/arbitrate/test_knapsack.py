"""One desk against trying every set."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.act.arbitrate import knapsack
from liuke.act.arbitrate.knapsack import best_set

customers = st.lists(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from([0.5, 1.0, 1.0, 2.5, 7.0, 10.0])), min_size=1, max_size=3),
    min_size=0,
    max_size=6,
)


def as_arrays(desk):
    rows = [(k, effort, gain) for k, options in enumerate(desk) for effort, gain in options]
    columns = list(zip(*rows, strict=True)) or [[], [], []]
    return np.array(columns[0], np.int64), np.array(columns[1], np.int64), np.array(columns[2], float)


def tried(desk, capacity):
    """The most that any set brings."""
    ways = product(*[[(0, 0.0), *options] for options in desk])
    return max((sum(g for _, g in way) for way in ways if sum(e for e, _ in way) <= capacity), default=0.0)


def checked(found, customer, effort, gain, capacity):
    assert effort[found.chosen].sum() <= capacity
    assert len(set(customer[found.chosen].tolist())) == len(found.chosen)
    assert found.gain == pytest.approx(gain[found.chosen].sum())
    assert found.bound >= found.gain - 1e-9


@settings(max_examples=300, deadline=None)
@given(customers, st.integers(0, 9))
def test_no_set_is_better_and_the_bound_holds(desk, capacity):
    columns = as_arrays(desk)
    found = best_set(*columns, capacity)
    checked(found, *columns, capacity)
    best = tried(desk, capacity)
    assert found.exact
    assert found.gain == pytest.approx(best)
    assert found.bound >= best - 1e-9


@settings(max_examples=300, deadline=None)
@given(customers, st.integers(0, 9))
def test_the_greedy_set_keeps_the_bound_and_loses_at_most_the_empty_places(desk, capacity):
    columns = customer, effort, gain = as_arrays(desk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knapsack, "MOST_CELLS", 0)
        found = best_set(*columns, capacity)
    checked(found, *columns, capacity)
    best = tried(desk, capacity)
    assert found.bound >= best - 1e-9
    if not found.exact:
        fits = effort <= capacity
        starts = np.flatnonzero(np.r_[True, np.diff(customer[fits]) != 0])
        taken = knapsack._wanted(starts, effort[fits], gain[fits], found.price)
        assert found.gain >= found.bound - found.price * (capacity - taken) - 1e-9


def test_two_small_orders_beat_the_one_with_the_best_score():
    found = best_set(np.array([0, 1, 2]), np.array([2, 1, 1]), np.array([10.0, 6.0, 6.0]), 2)
    assert found.chosen.tolist() == [1, 2]
    assert found.exact


def test_one_customer_gets_one_order_however_good_the_second_is():
    found = best_set(np.array([0, 0, 1]), np.array([1, 3, 1]), np.array([5.0, 9.0, 1.0]), 4)
    assert found.chosen.tolist() == [1, 2]


def test_a_place_is_worth_what_the_next_order_would_bring():
    found = best_set(np.arange(4), np.ones(4, np.int64), np.array([9.0, 7.0, 4.0, 2.0]), 2)
    assert found.chosen.tolist() == [0, 1]
    assert found.price == pytest.approx(4.0)
    assert found.bound == pytest.approx(found.gain)


def test_room_for_everybody_costs_nothing():
    found = best_set(np.arange(3), np.ones(3, np.int64), np.array([1.0, 2.0, 3.0]), 9)
    assert (found.price, found.gain, found.bound) == (0.0, 6.0, 6.0)


def test_of_equals_the_earlier_row_is_taken():
    assert best_set(np.arange(5), np.ones(5, np.int64), np.ones(5), 2).chosen.tolist() == [0, 1]
