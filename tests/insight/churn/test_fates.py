"""Every kind of loss on histories small enough to follow by eye."""

from datetime import timedelta

import pytest

from liuke.clock import AsOf
from liuke.errors import OurBug
from liuke.insight.churn.definition import (
    AtRisk,
    BalanceMean,
    ChurnDefinition,
    Hard,
    NoActivity,
    SilentActivity,
    SilentBalance,
    TierDowngrade,
)
from liuke.insight.churn.fates import fates, standing
from tests.insight.bank import AS_OF, ZONE, account, ago, at, balance, customer, known_tables, sorted_rows, transaction

HORIZON = 90
THEN = ago(HORIZON)
NAME = {"zh": "流失", "en": "Lost"}
BUSY = [transaction(HORIZON + n) for n in range(0, 100, 5)]


def after(days: int) -> int:
    """Days before the last day, of a moment so many days after the as-of day."""
    return HORIZON - days


def defined(*losses, gap_days=0, at_risk=None) -> ChurnDefinition:
    return ChurnDefinition(
        name=NAME, losses=losses, gap_days=gap_days, horizon_days=HORIZON - gap_days, at_risk=at_risk or AtRisk()
    )


def fate(engine, definition, **bank):
    rows = {"customer": [customer()], "account": [account()], **bank}
    [found] = sorted_rows(engine, fates(engine, known_tables(engine, rows), [THEN], definition))
    return found


def loss(found):
    return found["at_risk"], found["lost"], found["lead_days"], found["loss"]


LATE = (True, True, 55, "silent_balance")
KEPT = (True, False, None, None)
LEFT_ASIDE = (False, False, None, None)


def test_leaving_in_the_window_is_a_hard_loss_on_its_day(engine):
    for days, expected in ((40, (True, True, 40, "hard")), (HORIZON, (True, True, 90, "hard"))):
        versions = [customer(), customer(closed_on=ago(after(days)), ingested_at=AS_OF.known_by)]
        assert loss(fate(engine, defined(Hard()), customer=versions, balance_daily=[balance(200, 5_000)])) == expected


def test_leaving_after_the_window_is_no_loss_yet(engine):
    versions = [customer(closed_on=ago(-1))]
    assert loss(fate(engine, defined(Hard()), customer=versions, balance_daily=[balance(200, 5_000)])) == KEPT


def test_who_left_by_the_day_itself_has_no_fate(engine):
    rows = {"customer": [customer(closed_on=THEN)], "account": [account()], "balance_daily": [balance(200, 5_000)]}
    assert sorted_rows(engine, fates(engine, known_tables(engine, rows), [THEN], defined(Hard()))) == []


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ([balance(after(30), 2_000)], (True, True, 30, "silent_balance")),
        ([balance(after(30), 2_001)], KEPT),
        ([balance(after(30), 0), balance(after(80), 9_000)], KEPT),
        ([balance(after(10), 0), balance(after(20), 9_000), balance(after(55), 1_999)], LATE),
        ([balance(after(77), 0)], (True, True, 77, "silent_balance")),
        ([balance(after(78), 0)], KEPT),
        ([balance(after(30), -500)], (True, True, 30, "silent_balance")),
    ],
    ids=["a fifth left", "more than a fifth", "came back", "the last fall", "fourteen days", "thirteen days", "debt"],
)  # fmt: skip
def test_a_balance_that_falls_by_four_fifths_and_stays_is_lost_from_its_fall(engine, later, expected):
    found = fate(engine, defined(SilentBalance()), balance_daily=[balance(200, 10_000), *later])
    assert loss(found) == expected


def test_a_balance_too_small_to_lose_is_not_at_risk(engine):
    found = fate(engine, defined(SilentBalance()), balance_daily=[balance(200, 999), balance(after(5), 0)])
    assert loss(found) == LEFT_ASIDE


def test_money_of_several_accounts_counts_together_and_debts_do_not(engine):
    accounts = [account("A1"), account("A2"), account("A3", account_type="loan")]
    rows = [balance(200, 6_000, "A1"), balance(200, 4_000, "A2"), balance(200, 99_000, "A3"),
            balance(after(12), 0, "A1"), balance(after(33), 0, "A2")]  # fmt: skip
    found = fate(engine, defined(SilentBalance()), account=accounts, balance_daily=rows)
    assert (*loss(found), found["aum"]) == (True, True, 33, "silent_balance", 10_000)


def test_a_closed_account_takes_its_balance_along(engine):
    versions = [account("A1"), account("A1", closed_on=ago(after(25)), ingested_at=AS_OF.known_by)]
    found = fate(engine, defined(SilentBalance()), account=versions, balance_daily=[balance(200, 10_000)])
    assert loss(found) == (True, True, 25, "silent_balance")


def test_standing_orders_interest_and_fees_are_no_activity(engine):
    others = [transaction(5, initiator=who) for who in ("standing_order", "bank", "counterparty")]
    found = fate(engine, defined(SilentActivity()), transaction=[*BUSY, *others])
    assert loss(found) == (True, True, 60, "silent_activity")


def test_one_own_transaction_within_the_silence_keeps_a_customer(engine):
    assert loss(fate(engine, defined(SilentActivity()), transaction=[*BUSY, transaction(59)])) == KEPT
    assert loss(fate(engine, defined(SilentActivity()), transaction=[*BUSY, transaction(60)]))[1:3] == (True, 90)


def test_who_was_silent_already_or_had_no_habit_cannot_fall_silent(engine):
    silent = [transaction(HORIZON + 60 + n % 20) for n in range(20)]
    rare = [transaction(HORIZON + 10 * n) for n in range(8)]
    assert [loss(fate(engine, defined(SilentActivity()), transaction=t)) for t in (silent, rare)] == [LEFT_ASIDE] * 2


def test_a_mean_below_the_share_is_lost_on_the_first_day_below(engine):
    rows = [balance(200, 1_000), balance(after(20), 100)]
    found = fate(engine, defined(BalanceMean(kept_share=0.6)), balance_daily=rows)
    # 19 days of 1,000 and 71 of 100: mean 290, the limit is 600.
    assert (*loss(found), found["aum_mean_90"]) == (True, True, 20, "balance_mean", 1_000)


def test_a_mean_at_the_share_is_kept_and_the_mean_of_a_young_account_counts_its_own_days(engine):
    exactly = [balance(200, 1_000), balance(after(1), 600)]
    assert loss(fate(engine, defined(BalanceMean(kept_share=0.6)), balance_daily=exactly)) == KEPT
    young = [balance(HORIZON + 9, 1_000)]
    assert fate(engine, defined(BalanceMean()), balance_daily=young)["aum_mean_90"] == 1_000


def test_a_tier_is_lost_when_the_mean_of_its_last_month_falls_below_its_floor(engine):
    rule = defined(TierDowngrade(tiers={"gold": 50_000, "preferred": 500_000}))
    falls = [balance(200, 60_000), balance(after(50), 49_000)]
    assert loss(fate(engine, rule, balance_daily=falls)) == (True, True, 50, "tier_downgrade")
    briefly = [balance(200, 60_000), balance(after(50), 40_000), balance(after(55), 60_000)]
    assert loss(fate(engine, rule, balance_daily=briefly)) == KEPT
    rises = [balance(200, 60_000), balance(after(3), 600_000)]
    assert loss(fate(engine, rule, balance_daily=rises)) == KEPT
    assert loss(fate(engine, rule, balance_daily=[balance(200, 49_999), balance(after(3), 0)])) == LEFT_ASIDE


def test_a_tier_lost_by_the_mean_though_the_last_day_is_above_is_lost_at_the_end(engine):
    rows = [balance(200, 60_000), balance(after(50), 0), balance(after(90), 60_000)]
    found = fate(engine, defined(TierDowngrade(tiers={"gold": 50_000})), balance_daily=rows)
    assert loss(found) == (True, True, 90, "tier_downgrade")


def test_not_one_own_transaction_in_the_window_is_lost_at_its_end(engine):
    rule = defined(NoActivity(), at_risk=AtRisk(minimum_aum=None, minimum_transactions=1, within_days=180))
    assert loss(fate(engine, rule, transaction=[transaction(HORIZON + 170)])) == (True, True, 90, "no_activity")
    assert loss(fate(engine, rule, transaction=[transaction(HORIZON + 170), transaction(0)])) == KEPT
    assert loss(fate(engine, rule, transaction=[transaction(HORIZON + 180)])) == LEFT_ASIDE


def test_a_loss_within_the_gap_is_too_soon_and_neither_lost_nor_kept(engine):
    rule = defined(SilentBalance(), gap_days=14)
    gap, window = ([balance(200, 10_000), balance(after(d), 0)] for d in (14, 15))
    first, second = (fate(engine, rule, balance_daily=rows) for rows in (gap, window))
    assert (first["too_soon"], *loss(first)) == (True, True, False, None, None)
    assert (second["too_soon"], *loss(second)) == (False, True, True, 15, "silent_balance")


def test_the_first_of_several_losses_gives_day_and_kind(engine):
    versions = [customer(), customer(closed_on=ago(after(80)), ingested_at=AS_OF.known_by)]
    rows = {"customer": versions, "transaction": BUSY, "balance_daily": [balance(200, 10_000), balance(after(70), 0)]}
    found = fate(engine, defined(Hard(), SilentBalance(), SilentActivity()), **rows)
    assert loss(found) == (True, True, 60, "silent_activity")


def test_losses_of_one_day_are_named_by_the_order_of_the_definition(engine):
    closed = {"closed_on": ago(after(25)), "ingested_at": AS_OF.known_by}
    rows = {"customer": [customer(), customer(**closed)], "account": [account(), account(**closed)]}
    rows["balance_daily"] = [balance(200, 10_000)]
    both = [
        fate(engine, defined(*order), **rows)["loss"]
        for order in ((Hard(), SilentBalance()), (SilentBalance(), Hard()))
    ]
    assert both == ["hard", "silent_balance"]


def test_customers_known_too_short_are_left_out(engine):
    people = [customer("C1", opened_on=THEN - timedelta(9)), customer("C2", opened_on=THEN - timedelta(10))]
    rule = defined(Hard(), at_risk=AtRisk(known_days=10, minimum_aum=None, minimum_transactions=None))
    found = sorted_rows(engine, fates(engine, known_tables(engine, {"customer": people}), [THEN], rule))
    assert [(f["customer_id"], f["at_risk"]) for f in found] == [("C2", True)]


def test_the_fate_of_an_immature_day_is_refused(engine):
    with pytest.raises(OurBug, match="before their window closed"):
        fates(engine, known_tables(engine, {}), [THEN + timedelta(1)], defined(Hard()))


def test_the_fates_of_an_empty_bank_are_empty(engine):
    rule = defined(Hard(), SilentBalance(), SilentActivity(), BalanceMean(), TierDowngrade(), NoActivity())
    assert sorted_rows(engine, fates(engine, known_tables(engine, {}), [THEN], rule)) == []


def test_standing_knows_only_facts_up_to_its_day(engine):
    rule = defined(Hard(), SilentBalance(), SilentActivity())
    past = {
        "customer": [customer()],
        "account": [account()],
        "transaction": BUSY,
        "balance_daily": [balance(200, 5_000)],
    }
    future = past | {"balance_daily": [balance(200, 5_000), balance(after(1), 0, ingested_at=at(ago(after(1)), 23))]}
    future["transaction"] = [*BUSY, *[transaction(after(n)) for n in range(1, 40)]]
    future["customer"] = [customer(), customer(closed_on=ago(after(2)), ingested_at=AS_OF.known_by)]
    then = AsOf.end_of(THEN, ZONE)
    found = [
        sorted_rows(engine, standing(engine, known_tables(engine, bank, known), [THEN], rule))
        for bank, known in ((past, then), (future, then), (future, AS_OF))
    ]
    assert found[0] == found[1] == found[2]
    assert [(f["at_risk"], f["aum"]) for f in found[0]] == [(True, 5_000)]
