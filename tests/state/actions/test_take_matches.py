"""Matches become rows and orders together, once each; decisions reach the lake once each, whatever breaks between."""

from datetime import UTC, datetime

import pytest

from liuke.state.actions.carry_decisions import carry_decisions, waiting
from liuke.state.actions.take_matches import MatchRow, take_matches
from liuke.state.models import DecisionBatch, TriggerMatch, WorkOrder
from tests.state.conftest import NOW, proposal

pytestmark = pytest.mark.django_db


def match(n, fate="treated"):
    decided = {"loop_id": f"L{n:06d}", "arm": fate} if fate in ("treated", "holdout") else None
    return MatchRow(
        loop_id=f"L{n:06d}", rule="r", version="1", customer_id=f"C{n:06d}", branch_id="NJ", staff_id="S1",
        matched_at=datetime(2026, 11, 22, tzinfo=UTC), fate=fate, evidence=["e1"], numbers={"count": 3},
        decision=decided,
    )  # fmt: skip


def test_a_match_told_twice_is_one_row_and_one_order(bank):
    first = take_matches([match(1), match(2, "holdout")], [proposal(1)], now=NOW)
    again = take_matches([match(1), match(2, "holdout"), match(3, "minor")], [proposal(1)], now=NOW)
    assert (first.new, first.orders.opened) == (2, 1)
    assert (again.new, again.orders.opened, again.orders.repeated) == (1, 0, 1)
    assert sorted(TriggerMatch.objects.values_list("loop_id", "fate")) == [
        ("L000001", "treated"), ("L000002", "holdout"), ("L000003", "minor"),
    ]  # fmt: skip
    assert WorkOrder.objects.count() == 1


def test_when_the_orders_cannot_be_opened_no_match_is_kept(bank):
    order, facts = proposal(1, due_at=NOW, warn_at=NOW.replace(hour=9))
    with pytest.raises(Exception, match="order_warned_before_due"):
        take_matches([match(1)], [(order, facts)], now=NOW)
    assert TriggerMatch.objects.count() == 0


class Lake:
    """Appends as the lake does: the same commit id again is nothing."""

    def __init__(self):
        self.commits = {}
        self.breaks = 0

    def __call__(self, rows, commit_id):
        self.commits.setdefault(commit_id, [row["loop_id"] for row in rows])
        if self.breaks:
            self.breaks -= 1
            raise ConnectionError

    @property
    def rows(self):
        return [loop_id for rows in self.commits.values() for loop_id in rows]


def test_only_decisions_are_carried_each_once(bank):
    take_matches([match(1), match(2, "minor"), match(3, "holdout")], [proposal(1)], now=NOW)
    lake = Lake()
    assert waiting() == 2
    assert carry_decisions(lake, now=NOW) == 2
    assert carry_decisions(lake, now=NOW) == 0
    assert lake.rows == ["L000001", "L000003"]
    assert waiting() == 0


def test_a_batch_cut_off_after_its_append_is_not_in_the_lake_twice(bank):
    take_matches([match(1)], [proposal(1)], now=NOW)
    lake = Lake()
    lake.breaks = 1
    with pytest.raises(ConnectionError):
        carry_decisions(lake, now=NOW)
    take_matches([match(2)], [proposal(2)], now=NOW)
    carry_decisions(lake, now=NOW)
    assert lake.rows == ["L000001", "L000002"]
    assert not DecisionBatch.objects.filter(done_at__isnull=True).exists()
