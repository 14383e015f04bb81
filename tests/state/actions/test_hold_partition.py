"""Whoever claimed a partition last may store what comes of it; everybody before may not."""

from datetime import UTC, datetime

import pytest

from liuke.errors import YourMistake
from liuke.state.actions.hold_partition import Fenced, claim_partition, holding, save_partition
from liuke.state.models import StreamPartition
from tests.state.conftest import NOW

pytestmark = pytest.mark.django_db


def claim(owner="a:1", number=0, partitions=4, group="g"):
    return claim_partition(group, "t", number, partitions=partitions, owner=owner, now=NOW)


def test_the_first_claim_begins_without_a_snapshot_and_the_next_finds_what_was_saved():
    first = claim()
    assert (first.epoch, first.snapshot) == (1, "")
    assert save_partition(first, "0-1-7.snapshot", 7, now=NOW) == ""
    second = claim("b:2")
    assert (second.epoch, second.snapshot) == (2, "0-1-7.snapshot")
    row = StreamPartition.objects.get()
    assert (row.owner, row.position, row.saved_at) == ("b:2", 7, NOW)


def test_after_another_claim_the_old_owner_stores_nothing():
    old = claim()
    new = claim("b:2")
    with pytest.raises(Fenced, match="taken over by b:2"):
        save_partition(old, "old", 9, now=NOW)
    with pytest.raises(Fenced), holding(old):
        raise AssertionError("not reached")
    save_partition(new, "new", 3, now=NOW)
    assert StreamPartition.objects.get().snapshot == "new"


def test_what_fails_while_holding_leaves_nothing():
    def fail(held):
        with holding(held) as row:
            row.owner = "x"
            row.save()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail(claim())
    assert StreamPartition.objects.get().owner == "a:1"


def test_partitions_and_groups_are_apart():
    held = claim()
    claim(number=1)
    claim(group="other")
    save_partition(held, "s", 1, now=datetime(2026, 1, 1, tzinfo=UTC))
    assert StreamPartition.objects.count() == 3


def test_another_number_of_partitions_is_refused():
    claim()
    with pytest.raises(YourMistake, match="has 6 partitions, its state was begun with 4"):
        claim(partitions=6)
    assert StreamPartition.objects.get().epoch == 1
