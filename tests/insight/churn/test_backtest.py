"""The back-test against a bank small enough to count by hand."""

from datetime import timedelta

import pytest

from liuke.insight.churn.backtest import backtest
from liuke.insight.churn.signals import WarningPolicy
from tests.insight.bank import AS_OF, DAY, ZONE, ago, at, complaint
from tests.insight.fates import filled, five_fates

HORIZON = 60


def run(engine, lake, days, **options):
    return backtest(lake, engine, days, WarningPolicy(), horizon_days=HORIZON, zone=ZONE, **options)


def test_warned_lost_and_lead_time_are_counted_as_by_hand(engine, lake):
    report = run(engine, filled(lake, five_fates()), [ago(60)])
    assert (report.at_risk, report.dormant, report.lost, report.base_rate) == (4, 1, 2, 0.5)
    by_name = {s.group: s for s in report.scores}
    fell = by_name["balance"]
    assert (fell.warned, fell.lost, fell.precision, fell.recall, fell.lift) == (2, 1, 0.5, 0.5, 1.0)
    assert fell.median_lead_days == 20
    assert by_name["red"].warned + by_name["orange"].warned == by_name["any"].warned == 2
    quiet = by_name["complaint"]
    assert (quiet.warned, quiet.precision, quiet.recall, quiet.lift, quiet.median_lead_days) == (0, None, 0, None, None)


def test_a_dormant_customer_who_complains_is_not_scored(engine, lake):
    told = five_fates() | {"complaint": [complaint(70, "C5")]}
    report = run(engine, filled(lake, told), [ago(60)])
    assert (report.dormant, next(s.warned for s in report.scores if s.group == "complaint")) == (1, 0)


def test_customer_days_add_up_over_past_days(engine, lake):
    filled(lake, five_fates())
    both, first, second = (run(engine, lake, d) for d in ([ago(90), ago(60)], [ago(90)], [ago(60)]))
    assert (both.at_risk, both.lost) == (first.at_risk + second.at_risk, first.lost + second.lost)
    assert [s.warned for s in both.scores] == [
        a.warned + b.warned for a, b in zip(first.scores, second.scores, strict=True)
    ]


def test_days_without_enough_past_or_future_are_left_out_and_named(engine, lake):
    report = run(engine, filled(lake, five_fates()), [ago(181), ago(180), ago(60), ago(59)])
    assert report.used == (ago(180), ago(60))
    assert report.skipped == ((ago(181), "too_early"), (ago(59), "immature"))
    assert (report.earliest_usable, report.latest_usable) == (ago(180), ago(60))


def test_an_empty_lake_says_that_nothing_can_be_tested(engine, lake):
    report = run(engine, lake, [ago(60)])
    assert (report.used, report.skipped, report.base_rate) == ((), ((ago(60), "too_early"),), None)
    assert all(s.warned == 0 and s.precision is None for s in report.scores)


def test_history_delivered_late_is_not_tested_unless_asked_for(engine, lake):
    delivered = {"ingested_at": at(DAY + timedelta(days=9))}
    late = {name: [r | delivered for r in rows] for name, rows in five_fates().items()}
    filled(lake, late)
    assert run(engine, lake, [ago(60)]).skipped == ((ago(60), "nobody_known"),)
    report = run(engine, lake, [ago(60)], known_by=AS_OF.known_by + timedelta(days=30))
    assert (report.at_risk, report.lost) == (4, 2)


@pytest.mark.parametrize(("leads", "median"), [((5,), 5), ((5, 8), 6.5), ((9, 1, 1, 1, 2), 1), ((), None)])
def test_the_median_of_counted_values_is_the_median(leads, median):
    from collections import Counter

    from liuke.insight.churn.backtest import _median

    assert _median(dict(Counter(leads))) == median
