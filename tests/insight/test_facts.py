"""Facts at their edges: nothing there, just there, not counted."""

from datetime import timedelta
from decimal import Decimal

import pytest

from liuke.clock import AsOf
from liuke.insight.churn.signals import WarningPolicy, signals
from liuke.insight.facts import assets_on, facts
from liuke.insight.snapshot import owners, snapshot
from tests.insight.bank import (
    AS_OF,
    DAY,
    ZONE,
    account,
    ago,
    at,
    balance,
    complaint,
    customer,
    known_tables,
    row,
    sorted_rows,
    transaction,
)  # fmt: skip


def fact(engine, as_of=AS_OF, **rows) -> dict:
    bank = {"customer": [customer()], "account": [account()], **rows}
    [found] = sorted_rows(engine, facts(known_tables(engine, bank, as_of)))
    return found


def test_an_empty_bank_has_no_facts(engine):
    assert sorted_rows(engine, facts(known_tables(engine, {}))) == []


def test_a_customer_about_whom_nothing_is_known_has_zeroes_and_nulls(engine):
    [found] = sorted_rows(engine, facts(known_tables(engine, {"customer": [customer()]})))
    assert found == {
        "as_of": DAY, "customer_id": "C1",
        "aum": 0, "aum_30": 0, "aum_60": 0, "aum_90": 0,
        "transactions_30": 0, "transactions_prior_90": 0, "days_since_active": None, "usual_gap_days": None,
        "complaints_90": 0, "complaints_prior_90": 0, "complaints_open": 0,
    }  # fmt: skip


def test_a_customer_who_opened_after_or_left_by_the_day_is_out(engine):
    bank = {
        "customer": [
            customer("new", opened_on=ago(-1)),
            customer("today", opened_on=ago(0)),
            customer("left", closed_on=ago(0)),
            customer("leaving", closed_on=ago(-1)),
        ]
    }
    found = sorted_rows(engine, facts(known_tables(engine, bank)))
    assert [r["customer_id"] for r in found] == ["leaving", "today"]


def test_a_balance_is_carried_forward_until_the_next_change(engine):
    found = fact(engine, balance_daily=[balance(400, 700), balance(60, 500), balance(29, 90), balance(1, 80)])
    assert [found[n] for n in ("aum", "aum_30", "aum_60", "aum_90")] == [80, 500, 500, 700]


@pytest.mark.parametrize(("first", "second"), [(500, 900), (900, 500)])
def test_a_corrected_balance_counts_from_the_moment_the_correction_was_known(engine, first, second):
    rows = [balance(10, first), balance(10, second, ingested_at=at(ago(2)))]
    assert fact(engine, balance_daily=rows)["aum"] == second
    assert fact(engine, AsOf(DAY, at(ago(3))), balance_daily=rows)["aum"] == first


def test_overdrafts_debts_and_closed_accounts_are_no_assets(engine):
    accounts = [
        account("A1"), account("over"), account("loan", account_type="loan"),
        account("card", account_type="credit_card"), account("shut", closed_on=ago(45)),
    ]  # fmt: skip
    rows = [balance(100, 50, a["account_id"]) for a in accounts] + [balance(5, Decimal("-70.55"), "over")]
    found = fact(engine, account=accounts, balance_daily=rows)
    assert [found[n] for n in ("aum", "aum_30", "aum_60", "aum_90")] == [50, 100, 150, 150]


def test_a_card_or_loan_in_use_is_activity(engine):
    accounts = [account("A1", account_type="credit_card"), account("A2", account_type="loan")]
    found = fact(engine, account=accounts, transaction=[transaction(3, "A1"), transaction(40, "A2")])
    assert (found["transactions_30"], found["transactions_prior_90"], found["usual_gap_days"]) == (1, 1, 90.0)


@pytest.mark.parametrize("initiator", ["standing_order", "bank", "counterparty"])
def test_what_the_customer_did_not_start_is_no_activity(engine, initiator):
    found = fact(engine, transaction=[transaction(1, initiator=initiator)])
    assert (found["transactions_30"], found["days_since_active"]) == (0, None)


def test_the_windows_end_with_the_day_and_leave_no_gap(engine):
    rows = [transaction(n) for n in (0, 29, 30, 119, 120)]
    found = fact(engine, transaction=rows)
    assert (found["transactions_30"], found["transactions_prior_90"], found["days_since_active"]) == (2, 2, 0)


def test_a_transaction_late_in_the_evening_belongs_to_the_local_day(engine):
    late = transaction(0, occurred_at=at(DAY, 23, 59))
    early_next_day = transaction(-1, occurred_at=at(DAY + timedelta(days=1), 0, 1))
    assert late["business_date"] == DAY
    assert fact(engine, transaction=[late, early_next_day])["transactions_30"] == 1


def test_a_complaint_resolved_in_the_last_minute_of_the_day_is_closed_and_one_minute_later_open(engine):
    def still_open(moment) -> int:
        return fact(engine, complaint=[complaint(9, resolved_at=moment)])["complaints_open"]

    assert still_open(at(DAY, 23, 59)) == 0
    assert still_open(at(DAY + timedelta(days=1), 0, 0)) == 1


def test_a_complaint_of_any_age_stays_open_until_resolved(engine):
    found = fact(engine, complaint=[complaint(300)])
    assert (found["complaints_90"], found["complaints_prior_90"], found["complaints_open"]) == (0, 0, 1)


def test_assets_on_many_days_agree_with_one_day_at_a_time(engine):
    bank = {
        "customer": [customer()], "account": [account(), account("A2", opened_on=ago(50))],
        "balance_daily": [balance(n * 9, n * 10, "A1" if n % 2 else "A2") for n in range(1, 20)],
    }  # fmt: skip
    tables = known_tables(engine, bank)
    days = tuple(ago(n) for n in range(150, -1, -10))
    [whole] = engine.arrow(assets_on(tables, days)).to_pylist()
    single = [engine.arrow(assets_on(tables, (day,))).to_pylist() for day in days]
    # A day before the first balance has no row of its own at all.
    assert [whole[f"aum_{i}"] for i in range(len(days))] == [r[0]["aum_0"] if r else 0 for r in single]


def test_the_snapshot_names_the_owner_of_the_day_and_counts_kinds_of_open_accounts(engine):
    def term(staff, since, until=None, role="owner"):
        return row(
            "assignment", customer_id="C1", staff_id=staff, role=role, since=ago(since), until=until and ago(until)
        )

    bank = {
        "customer": [customer(name="王芳", tier="金卡"), customer("C2")],
        "account": [account("A1"), account("A2"), account("A3", account_type="loan"),
                    account("A4", account_type="wealth", closed_on=ago(1))],
        "assignment": [term("S1", 300, 20), term("S2", 19), term("S3", 5, role="team"), term("S4", -1)],
    }  # fmt: skip
    tables = known_tables(engine, bank)
    first, second = sorted_rows(engine, snapshot(tables, signals(tables, AS_OF, WarningPolicy())))
    assert (first["staff_id"], first["products"], first["bank_tier"], first["tier"]) == ("S2", 2, "金卡", "none")
    assert (second["staff_id"], second["products"]) == (None, 0)


@pytest.mark.parametrize(("last_day", "owner"), [(0, "S1"), (1, None)])
def test_an_owner_looks_after_the_customer_until_the_end_of_the_last_day(engine, last_day, owner):
    term = row("assignment", customer_id="C1", staff_id="S1", role="owner", since=ago(9), until=ago(last_day))
    found = engine.arrow(owners(known_tables(engine, {"assignment": [term]}))).to_pylist()
    assert [r["staff_id"] for r in found] == ([owner] if owner else [])


def test_the_day_ends_in_the_banks_own_zone(engine):
    tables = known_tables(engine, {})
    assert tables.day_ends.astimezone(ZONE).isoformat() == "2026-07-01T00:00:00+08:00"
