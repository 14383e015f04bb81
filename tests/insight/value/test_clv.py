"""CLV: the closed form against the sum month by month, margins by hand, rates from the bank's own past."""

from datetime import date

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.insight.activity import ActivityPolicy
from liuke.insight.customer_tier import CustomerTierPolicy
from liuke.insight.value.clv import margin_columns, monthly_margin_worth, worth_columns
from liuke.insight.value.survival import Attrition, attrition, blended, rate_column
from liuke.insight.value.value_policy import ClvRule, MarginRates, SurvivalRule
from tests.insight.bank import account, ago, balance, customer, known_tables, transaction
from tests.night import times

RULE = ClvRule()


@settings(max_examples=times(4, 40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 0.99), st.none() | st.floats(0, 1)), min_size=10, max_size=20),
       st.sampled_from([12, 36, 60]), st.sampled_from([30, 90, 180]))  # fmt: skip
def test_the_closed_form_equals_the_sum_over_months(engine, cases, horizon, score_days):
    rule = ClvRule(horizon_months=horizon, score_days=score_days)
    columns = [pa.array(column, pa.float64()) for column in zip(*cases, strict=True)]
    rows = engine.from_arrow(pa.table(columns, ["attrition", "probability"]))
    worth, year = worth_columns(rows.attrition, rows.probability, rule)
    found = engine.arrow(rows.select("attrition", "probability", worth=worth, year=year)).to_pylist()
    for row in found:
        expected = monthly_margin_worth(row["attrition"], row["probability"], rule)
        assert (row["worth"], row["year"]) == pytest.approx(expected, rel=1e-9)


def test_who_surely_stays_is_worth_the_discounted_margin_and_who_leaves_less():
    worth, year = monthly_margin_worth(0.0, None, RULE)
    assert (worth, year) == (pytest.approx(sum(1.05 ** (-m / 12) for m in range(1, 37))), 1.0)
    calm, warned = monthly_margin_worth(0.1, 0.02, RULE), monthly_margin_worth(0.1, 0.6, RULE)
    assert warned[0] < 0.45 * calm[0]
    assert monthly_margin_worth(0.1, None, RULE)[1] == pytest.approx(0.9)


def test_margins_are_rates_times_balances_and_spending(engine):
    row = {"balance_current": 100_000.0, "balance_term_deposit": 0.0, "balance_wealth": 200_000.0,
           "balance_loan": 50_000.0, "balance_credit_card": None, "balance_other": 0.0, "card_spent": 9_000.0,
           "fees": 90.0}  # fmt: skip
    schema = pa.schema([(name, pa.float64()) for name in row])
    rows = engine.from_arrow(pa.Table.from_pylist([row], schema=schema))
    rates = MarginRates(annual_cost=100)
    [found] = engine.arrow(rows.select(**margin_columns(rows, rates))).to_pylist()
    assert found["margin_deposit"] == pytest.approx(1800)
    assert (found["margin_wealth"], found["margin_loan"]) == pytest.approx((1000, 750))
    assert found["margin_payment"] == pytest.approx((9_000 * 0.0035 + 90) * 365 / 90)
    assert found["margin_year"] == pytest.approx(1800 + 1000 + 750 + found["margin_payment"] - 100)


def past_bank():
    """Ten small customers of a year ago, of whom one left and one emptied the account; one came later."""
    people = [customer(f"C{n}") for n in range(9)] + [customer("C9", closed_on=ago(100))]
    accounts = [account(f"A{n}", f"C{n}") for n in range(10)]
    balances = [balance(500, 20_000, f"A{n}") for n in range(10)] + [balance(60, 3_999, "A1"), balance(50, 4_000, "A2")]
    late = [customer("N1", opened_on=ago(200)), account("B1", "N1", opened_on=ago(200))]
    moves = [transaction(n, "A0") for n in range(366, 400)] + [transaction(600, "A3")]
    return {"customer": [*people, late[0]], "account": [*accounts, late[1]], "balance_daily": balances,
            "transaction": moves}  # fmt: skip


def test_attrition_counts_closed_and_emptied_customers_of_a_year_ago(engine):
    tables = known_tables(engine, past_bank())
    found = attrition(engine, tables, CustomerTierPolicy(), ActivityPolicy(), SurvivalRule(prior_customers=1e-9))
    overall, *groups = found
    assert (overall.customers, overall.lost, overall.per_year) == (10, 2, pytest.approx(0.2))
    assert [(g.tier, g.activity, g.customers, g.lost) for g in groups] == [
        ("regular", "high", 1, 0), ("regular", "silent", 9, 2),
    ]  # fmt: skip
    assert groups[1].per_year == pytest.approx(2 / 9)


def test_small_groups_are_drawn_towards_the_overall_rate_and_half_years_are_annualised():
    rows = [{"tier": "gold", "activity": "low", "customers": 90, "lost": 9},
            {"tier": "gold", "activity": "high", "customers": 10, "lost": 0}]  # fmt: skip
    overall, calm, _ = blended(rows, 365, SurvivalRule(prior_customers=10))
    assert overall.per_year == pytest.approx(0.09)
    assert calm.per_year == pytest.approx((0 + 10 * 0.09) / 20)
    half, *_ = blended(rows, 182, SurvivalRule())
    assert half.per_year == pytest.approx(1 - 0.91 ** (365 / 182))


def test_a_bank_without_history_gets_the_default_that_says_so(engine):
    bank = {"customer": [customer()], "account": [account()], "balance_daily": [balance(10, 100)],
            "transaction": [transaction(5)]}  # fmt: skip
    found = attrition(engine, known_tables(engine, bank), CustomerTierPolicy(), ActivityPolicy(), SurvivalRule())
    assert found == (Attrition(None, None, 0, 0, 0.1),)


def test_a_group_without_past_has_the_overall_rate(engine):
    rows = engine.from_arrow(
        pa.table({"tier": ["gold", "gold"], "activity": ["low", "high"], "on": [date(2026, 1, 1)] * 2})
    )
    rates = [Attrition(None, None, 9, 1, 0.1), Attrition("gold", "low", 9, 1, 0.3)]
    made = engine.materialise(rows.select("activity", rate=rate_column(rows.tier, rows.activity, rates)))
    assert made.schema()["rate"] == ibis.dtype("float64")
    assert {r["activity"]: r["rate"] for r in engine.arrow(made).to_pylist()} == {"low": 0.3, "high": 0.1}
