"""Features on hand-made histories: one thing each."""

from datetime import timedelta

import pytest

from liuke.clock import AsOf
from liuke.errors import YourMistake
from liuke.insight.features.build import features_on
from liuke.insight.features.store import CUSTOMER_FEATURE, store_features, stored_features
from tests.insight.bank import AS_OF, DAY, ZONE, account, ago, at, balance, customer, source, transaction


def one(engine, bank, *names, moments=(AS_OF,)):
    made = engine.arrow(features_on(engine, source(engine, bank), moments, zone=ZONE, names=names))
    return [tuple(r[n] for n in names) for r in sorted(made.to_pylist(), key=lambda r: (r["as_of"], r["customer_id"]))]


def test_a_customer_without_anything_has_zeros_and_unknowns(engine):
    names = ("aum", "own_count_90", "days_since_active", "aum_to_mean_90", "complaints_open", "channel_entropy_90")
    assert one(engine, {"customer": [customer()]}, *names) == [(0.0, 0.0, None, None, 0.0, None)]


def test_who_has_left_or_not_yet_come_has_no_row(engine):
    people = [customer("C1"), customer("C2", closed_on=DAY), customer("C3", opened_on=DAY + timedelta(days=1))]
    made = features_on(engine, source(engine, {"customer": people}), [AS_OF], zone=ZONE, names=["aum"])
    assert engine.arrow(made)["customer_id"].to_pylist() == ["C1"]


def test_a_row_that_came_late_enters_only_the_moments_that_knew_it(engine):
    moves = [transaction(50, amount=5, direction="out", ingested_at=at(ago(20)))]
    bank = {"customer": [customer()], "account": [account()], "transaction": moves}
    moments = [AsOf.end_of(ago(n), ZONE) for n in (40, 30, 10)]
    assert one(engine, bank, "out_amount_90", moments=moments) == [(0.0,), (0.0,), (5.0,)]


def test_one_day_seen_with_two_states_of_knowledge_gives_two_rows(engine):
    moves = [transaction(5, amount=5, direction="out", ingested_at=at(ago(-3)))]
    bank = {"customer": [customer()], "account": [account()], "transaction": moves}
    later = AsOf(DAY, AS_OF.known_by + timedelta(days=9))
    assert sorted(one(engine, bank, "out_amount_7", moments=[later, AS_OF])) == [(0.0,), (5.0,)]


def test_moments_whose_knowledge_does_not_grow_with_their_days_are_kept_apart(engine):
    moves = [transaction(50, amount=5, direction="out", ingested_at=at(ago(20)))]
    bank = {"customer": [customer()], "account": [account()], "transaction": moves}
    early_day_known_late = AsOf(ago(40), AS_OF.known_by)
    late_day_known_early = AsOf(ago(30), at(ago(30), 23))
    moments = [early_day_known_late, late_day_known_early]
    assert one(engine, bank, "out_amount_90", moments=moments) == [(5.0,), (0.0,)]


def test_a_mean_over_days_counts_the_days_before_the_first_balance_as_nothing(engine):
    bank = {"customer": [customer()], "account": [account()], "balance_daily": [balance(9, 300)]}
    assert one(engine, bank, "aum", "aum_mean_30", "aum_min_30", "aum_max_30") == [(300.0, 100.0, 0.0, 300.0)]


def test_the_days_of_two_accounts_are_counted_once(engine):
    moves = [transaction(3, "A1"), transaction(3, "A2"), transaction(4, "A2")]
    bank = {"customer": [customer()], "account": [account("A1"), account("A2")], "transaction": moves}
    assert one(engine, bank, "own_days_7", "own_count_7") == [(2.0, 3.0)]


def test_no_moment_and_an_unknown_feature_are_refused(engine):
    with pytest.raises(YourMistake, match="no moment"):
        one(engine, {}, "aum", moments=())
    with pytest.raises(YourMistake, match="did you mean 'aum'"):
        one(engine, {}, "aumm")


def test_the_stored_features_are_those_of_the_last_run_and_hold_no_name(engine, lake):
    bank = {"customer": [customer("C1", name="王一"), customer("C2")], "account": [account()]}
    for names in (["tenure_days"], ["aum", "tenure_days"]):
        made = features_on(engine, source(engine, bank), [AS_OF], zone=ZONE, names=names)
        assert store_features(lake, engine, made) == 2
    [first, _] = sorted(engine.arrow(stored_features(lake, engine)).to_pylist(), key=lambda r: r["customer_id"])
    assert (first["as_of"], first["aum"], first["own_count_7"]) == (DAY, 0.0, None)
    assert {c.kind for c in CUSTOMER_FEATURE.columns} == {"date", "string", "float"}
    assert "王一" not in str(first)
