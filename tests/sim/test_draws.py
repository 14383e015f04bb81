import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from liuke.sim.draws import Stream, bell, customer_keys, uniform, uniform_on


def test_draws_are_uniform_and_streams_and_days_are_unrelated():
    keys = customer_keys(3, np.arange(60_000))
    a, b, c = (
        uniform(keys, 20_000, Stream.ONSET),
        uniform(keys, 20_001, Stream.ONSET),
        uniform(keys, 20_000, Stream.CAUSE),
    )
    counts = np.histogram(a, bins=20, range=(0, 1))[0]
    assert ((counts - 3_000) ** 2 / 3_000).sum() < 45
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.02
    assert abs(np.corrcoef(a, c)[0, 1]) < 0.02
    assert abs(np.corrcoef(a[1:], a[:-1])[0, 1]) < 0.02


@given(st.integers(0, 2**63 - 1), st.integers(0, 40_000), st.lists(st.integers(0, 10**6), min_size=2, max_size=9))
def test_a_customers_draw_does_not_depend_on_who_else_is_drawn(seed, day, customers):
    keys = customer_keys(seed, np.array(customers))
    together = uniform(keys, day, Stream.BUY)
    alone = [uniform(keys[i : i + 1], day, Stream.BUY)[0] for i in range(len(keys))]
    assert together.tolist() == alone
    assert ((together >= 0) & (together < 1)).all()


def test_draws_on_days_of_their_own_equal_those_of_each_day():
    keys, days = customer_keys(1, np.arange(4)), np.array([7, 9, 7, 8])
    expected = [uniform(keys[i : i + 1], int(d), Stream.TYPE)[0] for i, d in enumerate(days)]
    assert uniform_on(keys, days, Stream.TYPE).tolist() == expected


def test_bell_values_are_nearly_standard_normal():
    z = bell(np.linspace(0.0005, 0.9995, 20_001))
    assert abs(z.mean()) < 0.01
    assert 0.95 < z.std() < 1.08
