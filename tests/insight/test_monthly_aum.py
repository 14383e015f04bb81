"""Monthly means from change-only balances, by hand and against a day-by-day oracle."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.clock import AsOf
from liuke.insight.monthly_aum import MeanOf, mean_balances, monthly_mean_aum, months_ended, next_month
from tests.insight import oracle
from tests.insight.bank import ZONE, Bank, account, at, customer, known_tables, row, sorted_rows
from tests.night import times

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
QUARTER_END = AsOf.end_of(date(2026, 3, 31), ZONE)


def on(day: date, amount, purse="A1", **values):
    return row("balance_daily", account_id=purse, balance_date=day, balance=Decimal(str(amount)), **values)


def one_customer(*balances, accounts=None, **who) -> Bank:
    return {"customer": [customer(**who)], "account": accounts or [account()], "balance_daily": list(balances)}


def means(engine, bank: Bank, months=(JANUARY, FEBRUARY, MARCH), as_of=QUARTER_END, **choice):
    [found] = sorted_rows(engine, monthly_mean_aum(known_tables(engine, bank, as_of), months, **choice))
    return [found[f"mean_{i}"] for i in range(len(months))]


def test_a_balance_holds_until_the_next_row_over_months(engine):
    bank = one_customer(on(date(2025, 11, 3), 900), on(date(2026, 2, 15), 300))
    assert means(engine, bank) == [900, pytest.approx((900 * 14 + 300 * 14) / 28), 300]


def test_an_account_opened_in_the_middle_counts_nothing_before(engine):
    late = account("A2", opened_on=date(2026, 2, 22))
    bank = one_customer(on(date(2026, 2, 22), 2800, "A2"), accounts=[account(), late])
    assert means(engine, bank) == [0, 700, 2800]


def test_a_new_customers_first_month_divides_by_all_its_days_or_those_since_opening(engine):
    opened = {"opened_on": date(2026, 2, 22)}
    bank = one_customer(on(date(2026, 2, 22), 2800), accounts=[account(**opened)], **opened)
    assert means(engine, bank) == [None, 700, 2800]
    assert means(engine, bank, since_opening=True) == [None, 2800, 2800]


def test_a_closed_account_counts_until_the_day_before_and_debts_never(engine):
    gone = account("A2", closed_on=date(2026, 3, 2))
    loan = account("A3", account_type="loan")
    balances = [on(JANUARY, 310, "A2"), on(JANUARY, 999, "A3"), on(JANUARY, -50)]
    assert means(engine, one_customer(*balances, accounts=[account(), gone, loan])) == [310, 310, 10]


def test_the_running_month_divides_by_its_days_so_far(engine):
    bank = one_customer(on(JANUARY, 100), on(date(2026, 3, 6), 200))
    assert means(engine, bank, as_of=AsOf.end_of(date(2026, 3, 10), ZONE)) == [100, 100, 150]


def test_corrections_count_once_they_are_known(engine):
    corrected = on(JANUARY, 500, ingested_at=at(date(2026, 3, 20)))
    bank = one_customer(on(JANUARY, 100), corrected)
    assert means(engine, bank, [JANUARY]) == [500]
    assert means(engine, bank, [JANUARY], AsOf.end_of(date(2026, 3, 1), ZONE)) == [100]


def test_a_mean_equal_to_a_threshold_is_exactly_equal(engine):
    cents = one_customer(
        on(JANUARY, "499999.97"), on(date(2026, 1, 17), "500000.00"), on(date(2026, 1, 31), "500000.48")
    )
    assert means(engine, cents, [JANUARY]) == [500_000.0]
    just_below = one_customer(on(JANUARY, "500000.00"), on(date(2026, 1, 31), "499999.99"))
    assert means(engine, just_below, [JANUARY])[0] < 500_000


def test_months_ended_counts_a_month_from_its_last_day_on():
    assert months_ended(date(2026, 2, 28), 2) == (JANUARY, FEBRUARY)
    assert months_ended(date(2026, 2, 27), 1) == (JANUARY,)
    assert next_month(date(2026, 12, 31)) == date(2027, 1, 1)


PURSES = ["A1", "A2"]
DAYS = st.dates(date(2025, 12, 20), date(2026, 4, 5))
ENDS = st.none() | DAYS
BALANCES = st.lists(
    st.builds(
        lambda day, cents, purse, lag: on(day, Decimal(cents) / 100, purse, ingested_at=at(day + timedelta(lag), 23)),
        DAYS, st.integers(-5_000, 9_000_000), st.sampled_from(PURSES), st.sampled_from([0, 0, 0, 30]),
    ),
    max_size=12, unique_by=lambda row: (row["account_id"], row["balance_date"], row["ingested_at"]),
)  # fmt: skip
"""Of two versions of one day that came at the same moment neither is the newer: a load never brings them."""
ACCOUNTS = st.tuples(*(
    st.builds(
        lambda kind, opened, closed, purse=purse: account(purse, account_type=kind, opened_on=opened, closed_on=closed),
        st.sampled_from(["current", "current", "wealth", "loan"]), DAYS | st.just(date(2020, 1, 1)), ENDS,
    )
    for purse in PURSES
))  # fmt: skip


@settings(max_examples=times(5, 50), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BALANCES, ACCOUNTS, st.sampled_from([date(2026, 3, 31), date(2026, 3, 17), date(2026, 3, 1)]))
def test_any_history_equals_the_mean_of_daily_sums(engine, balances, accounts, day):
    as_of = AsOf.end_of(day, ZONE)
    bank: Bank = one_customer(*balances, accounts=list(accounts))
    found = means(engine, bank, as_of=as_of)
    purses = oracle.newest(bank["account"], ["account_id"], as_of)
    for month, mean in zip((JANUARY, FEBRUARY, MARCH), found, strict=True):
        days = [month + timedelta(n) for n in range((min(next_month(month) - timedelta(1), day) - month).days + 1)]
        total = sum(oracle.aum(bank, purses, d, as_of) for d in days)
        assert mean == pytest.approx(float(total / len(days)), rel=1e-12, abs=1e-9)


def test_balances_by_account_type_take_debts_by_their_size(engine):
    kinds = [account("A1"), account("A2", account_type="wealth"), account("A3", account_type="loan")]
    bank = one_customer(on(JANUARY, 100), on(JANUARY, 50, "A2"), on(JANUARY, -31, "A3"), accounts=kinds)
    january = (JANUARY, date(2026, 1, 31))
    wanted = {"aum": MeanOf(*january), "wealth": MeanOf(*january, ("wealth",)), "debt": MeanOf(*january, ("loan",))}
    [found] = sorted_rows(engine, mean_balances(known_tables(engine, bank, QUARTER_END), wanted))
    assert found == {"customer_id": "C1", "aum": 150, "wealth": 50, "debt": 31}
