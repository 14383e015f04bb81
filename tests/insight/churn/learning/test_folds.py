import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.insight.churn.learning.folds import by_time, inner_folds, stratified


@settings(deadline=None)
@given(st.integers(10, 200), st.integers(5, 60), st.integers(2, 5), st.integers(0, 99))
def test_every_example_is_held_out_once_and_each_fold_has_its_share_of_positives(n, positives, folds, seed):
    label = np.zeros(n + positives, dtype=np.int8)
    label[:positives] = 1
    made = stratified(label, folds, seed)
    assert np.sort(np.concatenate([held for _, held in made])).tolist() == list(range(n + positives))
    counts = [int(label[held].sum()) for _, held in made]
    assert max(counts) - min(counts) <= 1
    assert all(not set(learn) & set(held) and len(learn) + len(held) == label.size for learn, held in made)


@settings(deadline=None)
@given(st.integers(0, 100), st.integers(1, 4))
def test_nothing_is_learned_from_within_the_purge_gap_or_after(purge, folds):
    group = np.repeat(np.arange(8) * 30, 40)
    label = (np.arange(320) % 3 == 0).astype(np.int8)
    for learn, held in by_time(group, label, folds, purge):
        assert group[learn].max() + purge < group[held].min()
        assert np.unique(group[held]).size == 1


def test_the_last_snapshots_are_held_out_oldest_first():
    group = np.repeat([10, 20, 30, 40], 40)
    label = (np.arange(160) % 2).astype(np.int8)
    assert [int(group[held][0]) for _, held in by_time(group, label, 2, 0)] == [30, 40]


def test_a_snapshot_with_one_class_only_makes_no_fold():
    group = np.repeat([10, 20, 30], 40)
    label = np.where(group == 30, 0, np.arange(120) % 2).astype(np.int8)
    assert [int(group[held][0]) for _, held in by_time(group, label, 3, 0)] == [20]


def test_a_single_snapshot_is_split_by_label_instead():
    label = (np.arange(60) % 2).astype(np.int8)
    assert len(inner_folds(label, np.full(60, 7), 4, 0, 1)) == 4
