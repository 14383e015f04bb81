"""What counts as lost, and from which day."""

from liuke.clock import AsOf
from liuke.insight.churn.labels import labels
from liuke.insight.churn.signals import WarningPolicy, signals
from liuke.insight.churn.warning_policy import LossRule
from tests.insight.bank import (
    AS_OF,
    DAY,
    ZONE,
    account,
    ago,
    balance,
    customer,
    known_tables,
    sorted_rows,
    transaction,
)  # fmt: skip

START = 90
THEN = AsOf.end_of(ago(START), ZONE)
"""The day of the warning: 90 days before the day the fates are known."""


def fate(engine, **rows) -> dict:
    bank = {"customer": [customer()], "account": [account()], **rows}
    made = engine.materialise(signals(known_tables(engine, bank, THEN), THEN, WarningPolicy()))
    [found] = sorted_rows(engine, labels(made, known_tables(engine, bank, AS_OF), LossRule()))
    return found


def lost(found: dict) -> tuple[bool, int | None]:
    return found["lost"], found["lead_days"]


def after(days: int) -> int:
    """Days before the last day, of a moment so many days after the warning."""
    return START - days


def test_a_customer_who_left_is_lost_on_the_day_of_leaving(engine):
    versions = [customer(), customer(closed_on=ago(after(40)), ingested_at=AS_OF.known_by)]
    found = fate(engine, customer=versions, balance_daily=[balance(200, 5_000)])
    assert (found["closed"], *lost(found)) == (True, True, 40)


def test_a_balance_that_falls_and_stays_down_is_lost_from_the_day_it_fell(engine):
    rows = [balance(200, 10_000), balance(after(10), 1_000), balance(after(20), 9_000), balance(after(55), 1_999)]
    found = fate(engine, balance_daily=rows)
    assert (found["balance_gone"], *lost(found)) == (True, True, 55)


def test_a_balance_that_recovers_or_keeps_a_fifth_is_kept(engine):
    recovered = [balance(200, 10_000), balance(after(10), 0), balance(after(80), 9_000)]
    a_fifth = [balance(200, 10_000), balance(after(10), 2_000)]
    assert [lost(fate(engine, balance_daily=rows)) for rows in (recovered, a_fifth)] == [(False, None)] * 2


def test_money_leaving_from_several_accounts_is_dated_by_the_sum(engine):
    accounts = [account("A1"), account("A2"), account("A3", account_type="loan")]
    rows = [balance(200, 6_000, "A1"), balance(200, 4_000, "A2"), balance(200, 99_000, "A3"),
            balance(after(12), 0, "A1"), balance(after(33), -500, "A2")]  # fmt: skip
    assert lost(fate(engine, account=accounts, balance_daily=rows)) == (True, 33)


def test_a_closed_account_takes_its_balance_with_it(engine):
    versions = [account("A1"), account("A1", closed_on=ago(after(25)), ingested_at=AS_OF.known_by)]
    assert lost(fate(engine, account=versions, balance_daily=[balance(200, 10_000)])) == (True, 25)


def test_an_active_customer_who_falls_silent_is_lost_thirty_days_after_the_last_transaction(engine):
    busy = [transaction(START + n) for n in range(0, 110, 5)]
    found = fate(engine, transaction=[*busy, transaction(after(35))])
    assert (found["silent"], *lost(found)) == (True, True, 65)


def test_a_customer_who_is_active_in_the_last_thirty_days_is_kept(engine):
    busy = [transaction(START + n) for n in range(0, 110, 5)]
    assert lost(fate(engine, transaction=[*busy, transaction(29)])) == (False, None)


def test_a_customer_already_silent_on_the_warning_day_cannot_fall_silent(engine):
    gone_quiet = [transaction(START + 31 + n) for n in range(60)]
    found = fate(engine, transaction=gone_quiet)
    assert (found["silent"], found["at_risk"]) == (False, False)


def test_a_dormant_customer_is_not_at_risk(engine):
    found = fate(engine, balance_daily=[balance(200, 999), balance(after(3), 0)])
    assert (found["at_risk"], *lost(found)) == (False, False, None)


def test_the_first_of_several_losses_dates_it(engine):
    busy = [transaction(START + n) for n in range(0, 110, 5)]
    found = fate(engine, transaction=busy, balance_daily=[balance(200, 10_000), balance(after(70), 0)])
    assert (found["balance_gone"], found["silent"], *lost(found)) == (True, True, True, 30)


def test_the_fates_of_an_empty_bank_are_empty(engine):
    made = signals(known_tables(engine, {}, THEN), THEN, WarningPolicy())
    assert sorted_rows(engine, labels(made, known_tables(engine, {}), LossRule())) == []
    assert THEN.day < DAY


def test_balances_of_an_account_before_it_was_opened_keep_nobody(engine):
    accounts = [account("A1"), account("A2", opened_on=ago(after(60)))]
    rows = [balance(200, 10_000), balance(after(20), 0), balance(after(10), 9_000, "A2"), balance(after(40), 0, "A2")]
    assert lost(fate(engine, account=accounts, balance_daily=rows)) == (True, 20)


def test_a_balance_on_the_day_an_account_closes_does_not_outlive_it(engine):
    versions = [account("A1"), account("A1", closed_on=ago(after(25)), ingested_at=AS_OF.known_by)]
    rows = [balance(200, 10_000), balance(after(25), 12_000)]
    assert lost(fate(engine, account=versions, balance_daily=rows)) == (True, 25)
