import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from liuke.insight.churn.learning.augment import MAX_PAIRS, Derived, compute, like_scaled, plan, signed_log


def money(columns: int, n: int = 300, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(8, 1, size=(n, columns)).round(2)


def test_amounts_of_like_size_are_one_group_and_counts_another():
    counts = np.random.default_rng(1).integers(0, 90, size=(300, 2)).astype(float)
    features = np.hstack([money(3), counts, np.random.default_rng(2).random((300, 1)) * 0.01])
    assert sorted(like_scaled(features, range(6))) == [(0, 1, 2), (3, 4)]


def test_columns_of_few_values_or_none_belong_to_no_group():
    features = np.column_stack([money(2), np.arange(300) % 3 + 0.5, np.full(300, np.nan), np.zeros(300)])
    assert like_scaled(features, range(5)) == ((0, 1),)


def test_only_kept_columns_are_compared():
    assert like_scaled(money(3), (0, 2)) == ((0, 2),)


def test_a_plan_names_every_column_once():
    features = money(4)
    features[::5, 1] = np.nan
    features[::7, 2] = np.nan
    names = ("a", "b", "c", "d")
    titles = [d.title(names) for d in plan(features, range(4))]
    assert len(set(titles)) == len(titles)
    assert {"a - b", "a / b", "nulls of 2: b … c"} <= set(titles)


def test_a_wide_group_is_bounded():
    assert sum(d.kind == "ratio" for d in plan(money(30), range(30))) == MAX_PAIRS


def test_the_pairs_of_a_wide_group_are_the_most_alike_ones():
    features = money(20)
    features[:, 7] = (features[:, 3] * 1.01).round(2)
    assert Derived("ratio", (3, 7)) in plan(features, range(20))


VALUES = st.one_of(st.floats(-1e6, 1e6), st.just(float("nan")))


@settings(deadline=None)
@given(arrays(np.float64, (6, 3), elements=VALUES))
def test_derived_columns_are_what_they_say_row_by_row(features):
    group = (0, 1, 2)
    kinds = [Derived("difference", (0, 1)), Derived("ratio", (0, 1)), Derived("rank", group, 1)]
    kinds += [Derived(kind, group) for kind in ("mean", "lowest", "highest", "spread", "nulls")]
    found = compute(kinds, features)
    for row, line in zip(features, found, strict=True):
        known = [float(signed_log(np.array([v]))[0]) for v in row if not np.isnan(v)]
        logs = signed_log(row)
        slow = [
            row[0] - row[1],
            logs[0] - logs[1],
            sum(v < row[1] for v in row),
            np.mean(known) if known else np.nan,
            min(known) if known else np.nan,
            max(known) if known else np.nan,
            np.std(known) if known else np.nan,
            len(row) - len(known),
        ]
        assert line == pytest.approx(slow, nan_ok=True, rel=1e-9, abs=1e-9)


def test_a_derived_column_is_read_back_from_its_plain_values():
    one = Derived("rank", (1, 2, 5), 2)
    assert Derived.from_dict(one.as_dict()) == one
