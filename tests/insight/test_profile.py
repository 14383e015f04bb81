"""One customer on one page: identity, accounts, curve and timeline as of the day."""

from datetime import timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from liuke.insight.facts import assets_on
from liuke.insight.profile import accounts_of, profile
from liuke.insight.timeline import timeline_of
from liuke.tables import CONTRACTS
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
    transaction,
)  # fmt: skip


def event(days_ago: int, name: str = "login", who: str = "C1", hour: int = 9) -> dict:
    return row(
        "event", event_id=f"{name}{days_ago}{hour}", customer_id=who, occurred_at=at(ago(days_ago), hour),
        event_name=name, channel="app",
    )  # fmt: skip


def contact(days_ago: int, **values) -> dict:
    told = {"contact_id": f"N{days_ago}", "staff_id": "S1", "channel": "phone", "result": "reached"}
    return row("contact", customer_id="C1", occurred_at=at(ago(days_ago), 15), **told, **values)


BANK = {
    "customer": [customer(name="王芳", branch_id="B7"), customer("C2")],
    "staff": [row("staff", staff_id="S1", name="李雷", ingested_at=at(ago(900)))],
    "assignment": [row("assignment", customer_id="C1", staff_id="S1", role="owner", since=ago(900))],
    "product": [row("product", product_id="P1", name="稳健一号")],
    "account": [
        account("A1"), account("A2", account_type="wealth", product_id="P1", opened_on=ago(100)),
        account("A3", account_type="loan"), account("A4", closed_on=ago(40)), account("B1", "C2"),
    ],
    "balance_daily": [
        balance(300, 1000, "A1"), balance(70, 700, "A1"), balance(7, 90, "A1"), balance(60, 5000, "A2"),
        balance(300, 9999, "A3"), balance(300, 40, "A4"), balance(0, 123, "B1"), balance(6, Decimal("-5.5"), "A1"),
    ],
    "transaction": [
        *[transaction(2, transaction_type="card", direction="out", amount=10, channel="pos") for _ in range(3)],
        transaction(2, transaction_type="salary", direction="in", amount=8000, initiator="counterparty"),
        transaction(500), transaction(1, "B1"),
    ],
    "event": [event(1), event(1, hour=21), event(3, "search"), event(1, who="C2")],
    "complaint": [complaint(20, complaint_id="K1", reason="服务态度", resolved_at=at(ago(11), 1)),
                  complaint(15, complaint_id="K2", resolved_at=at(DAY + timedelta(days=1), 1))],
    "contact": [contact(4)],
}  # fmt: skip


@pytest.fixture
def filled(lake):
    for name, rows in BANK.items():
        lake.append(CONTRACTS[name], pa.Table.from_pylist(rows, schema=CONTRACTS[name].arrow), commit_id=name)
    return lake


def test_a_profile_tells_who_what_they_hold_and_who_looks_after_them(engine, filled):
    found = profile(filled, engine, AS_OF, "C1", zone=ZONE)
    assert (found.identity.name, found.identity.branch_id, found.identity.staff_name) == ("王芳", "B7", "李雷")
    held = {a.account_id: (a.balance, a.balance_date, a.is_open, a.product_name) for a in found.accounts}
    assert held == {
        "A1": (Decimal("-5.50"), ago(6), True, None),
        "A2": (Decimal("5000.00"), ago(60), True, "稳健一号"),
        "A3": (Decimal("9999.00"), ago(300), True, None),
        "A4": (Decimal("40.00"), ago(300), False, None),
    }
    assert found.aum == 5000


def test_the_curve_has_a_point_a_week_and_agrees_with_aum_by_definition(engine, filled):
    found = profile(filled, engine, AS_OF, "C1", zone=ZONE)
    tables = known_tables(engine, BANK)
    days = tuple(p.day for p in found.curve)
    [whole] = [r for r in engine.arrow(assets_on(tables, days)).to_pylist() if r["customer_id"] == "C1"]
    assert [p.aum for p in found.curve] == [whole[f"aum_{i}"] for i in range(27)]
    assert [p.day for p in found.curve_of(12)] == [DAY - timedelta(weeks=w) for w in range(12, -1, -1)]


def test_the_timeline_merges_everything_newest_first_and_groups_what_repeats(engine, filled):
    entries = profile(filled, engine, AS_OF, "C1", zone=ZONE).timeline.entries
    assert [(e.kind, e.day, e.code, e.count, e.amount) for e in entries] == [
        ("event", ago(1), "login", 2, None),
        ("transaction", ago(2), "card", 3, 30),
        ("transaction", ago(2), "salary", 1, 8000),
        ("event", ago(3), "search", 1, None),
        ("contact", ago(4), "reached", 1, None),
        ("complaint_resolved", ago(11), "服务态度", 1, None),
        ("complaint", ago(15), None, 1, None),
        ("complaint", ago(20), "服务态度", 1, None),
    ]


def test_a_page_of_the_timeline_says_whether_more_follows(engine):
    tables = known_tables(engine, BANK)
    held = [a["account_id"] for a in accounts_of(engine, tables, "C1")]
    whole = timeline_of(engine, tables, "C1", held, rows=8)
    first = timeline_of(engine, tables, "C1", held, rows=5)
    second = timeline_of(engine, tables, "C1", held, rows=5, offset=5)
    assert (whole.more, first.more, second.more) == (False, True, False)
    assert first.entries + second.entries == whole.entries
    contacts = timeline_of(engine, tables, "C1", held, kinds=("contact",))
    assert [e.reference for e in contacts.entries] == ["N4"]


def test_an_unknown_customer_has_no_profile_and_one_without_accounts_an_empty_one(engine, filled):
    assert profile(filled, engine, AS_OF, "nobody", zone=ZONE) is None
    before = AS_OF.back(4000)
    assert profile(filled, engine, before, "C1", zone=ZONE) is None


def test_a_customer_without_accounts_has_a_flat_curve(engine, lake):
    lake.append(CONTRACTS["customer"], pa.Table.from_pylist([customer()], schema=CONTRACTS["customer"].arrow),
                commit_id="c")  # fmt: skip
    found = profile(lake, engine, AS_OF, "C1", zone=ZONE)
    assert (found.accounts, found.aum, found.timeline.entries) == ((), 0, ())
    assert {p.aum for p in found.curve} == {0}


def test_a_page_is_the_same_whether_the_near_past_fills_it_or_not(engine):
    bank = {
        "customer": [customer()], "account": [account()],
        "transaction": [transaction(n) for n in range(0, 120, 3)],
        "contact": [contact(n) for n in (58, 59, 60, 61, 62, 100)],
    }  # fmt: skip
    tables = known_tables(engine, bank)
    whole = timeline_of(engine, tables, "C1", ["A1"], rows=100).entries
    assert [e.at for e in whole] == sorted((e.at for e in whole), reverse=True)
    assert len(whole) == 46
    for size in (5, 19, 20, 21, 22, 23, 24, 25, 30, 45, 46):
        page = timeline_of(engine, tables, "C1", ["A1"], rows=size)
        assert (page.entries, page.more) == (whole[:size], size < 46)
