"""Signals of random small banks against a naive oracle, and against rows from the future."""

from datetime import timedelta
from itertools import chain
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.insight.churn.signals import WarningPolicy, signals
from liuke.insight.snapshot import snapshot
from liuke.tables import CUSTOMER_SNAPSHOT, SIGNAL
from tests.insight import oracle
from tests.insight.bank import (
    AS_OF,
    DAY,
    Bank,
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
)
from tests.night import times

PEOPLE, PURSES = ["C1", "C2"], ["A1", "A2", "A3"]
EDGES = st.sampled_from([-1, 0, 1, 15, 29, 30, 31, 60, 89, 90, 91, 119, 120, 121, 179, 180])
AGES = EDGES | st.integers(-20, 200)
LAGS = st.sampled_from([0, 0, 0, 1, 2, 40])
MONEY = st.sampled_from([-900, 0, 1, 500, 12_000, 30_000, 80_000])
OPENINGS = st.sampled_from([400, 100, 60, 30, 0, -1])
CLOSINGS = st.none() | st.sampled_from([120, 90, 31, 30, 1, 0, -1])


def late(age: int, lag: int) -> dict[str, Any]:
    return {"ingested_at": at(ago(age - lag), 23)}


def on(age: int | None):
    return None if age is None else ago(age)


CUSTOMER = st.builds(
    lambda who, opened, closed, known: customer(who, opened_on=ago(opened), closed_on=on(closed), **late(known, 0)),
    st.sampled_from(PEOPLE), OPENINGS, CLOSINGS, st.sampled_from([400, 50, 0, -1, -9]),
)  # fmt: skip
ACCOUNT = st.builds(
    lambda purse, who, kind, opened, closed, known: account(
        purse, who, account_type=kind, opened_on=ago(opened), closed_on=on(closed), **late(known, 0)
    ),
    st.sampled_from(PURSES), st.sampled_from(PEOPLE),
    st.sampled_from(["current", "current", "term_deposit", "loan", "credit_card"]),
    OPENINGS, CLOSINGS, st.sampled_from([400, 50, 0, -1]),
)  # fmt: skip
BALANCE = st.builds(
    lambda age, amount, purse, lag: balance(age, amount, purse, **late(age, lag)),
    AGES, MONEY, st.sampled_from(PURSES), LAGS,
)  # fmt: skip
CORRECTED = st.builds(
    lambda age, first, second, purse: [balance(age, first, purse), balance(age, second, purse, **late(age, 3))],
    st.integers(0, 130), MONEY, MONEY, st.sampled_from(PURSES),
)  # fmt: skip
INITIATORS = ["customer", "customer", "customer", "bank", "standing_order", "counterparty"]
TRANSACTION = st.builds(
    lambda age, purse, who, lag: transaction(age, purse, initiator=who, **late(age, lag)),
    AGES, st.sampled_from(PURSES), st.sampled_from(INITIATORS), LAGS,
)  # fmt: skip
BURST = st.builds(
    lambda start, count, purse: [transaction(start + n, purse) for n in range(count)],
    st.integers(0, 60), st.integers(5, 30), st.sampled_from(PURSES),
)  # fmt: skip
COMPLAINT = st.builds(
    lambda number, age, who, resolved, lag: complaint(
        age, who, complaint_id=f"K{number}", resolved_at=resolved, **late(age, lag)
    ),
    st.integers(0, 3), AGES, st.sampled_from(PEOPLE),
    st.none() | st.builds(lambda age, hour: at(ago(age), hour, 30), EDGES, st.sampled_from([0, 7, 23])), LAGS,
)  # fmt: skip
TERM = st.builds(
    lambda who, staff, since, end, known: row(
        "assignment", customer_id=who, staff_id=staff, role="owner", since=ago(since), until=on(end), **late(known, 0)
    ),
    st.sampled_from(PEOPLE), st.sampled_from(["S1", "S2"]), OPENINGS, CLOSINGS, st.sampled_from([400, 0, -1]),
)  # fmt: skip


def distinct(rows: list[dict[str, Any]], *key: str) -> list[dict[str, Any]]:
    """The last row of each key, so that no two rows contradict each other at the same moment."""
    return list({tuple(r[k] for k in key): r for r in rows}.values())


@st.composite
def banks(draw) -> Bank:
    def some(strategy, size: int, least: int = 0) -> list[dict[str, Any]]:
        return draw(st.lists(strategy, min_size=least, max_size=size))

    return {
        "customer": [customer("C1"), *distinct(some(CUSTOMER, 4), "customer_id", "ingested_at")],
        "account": [account("A1"), *distinct(some(ACCOUNT, 6), "account_id", "ingested_at")],
        "balance_daily": distinct(
            some(BALANCE, 14) + list(chain(*draw(st.lists(CORRECTED, max_size=3)))),
            "account_id",
            "business_date",
            "ingested_at",
        ),
        "transaction": some(TRANSACTION, 16) + list(chain(*draw(st.lists(BURST, max_size=2)))),
        "complaint": distinct(some(COMPLAINT, 6), "complaint_id", "ingested_at"),
        "assignment": distinct(some(TERM, 4), "customer_id", "staff_id", "since", "ingested_at"),
    }


IDS = ("customer_id", "account_id", "complaint_id")


def merged(parts: list[Bank]) -> Bank:
    """Independent small banks as one, their ids told apart: a query's fixed cost is paid once for all."""
    whole: Bank = {}
    for number, part in enumerate(parts):
        for name, rows in part.items():
            renamed = [r | {key: f"{r[key]}-{number}" for key in IDS if key in r} for r in rows]
            whole.setdefault(name, []).extend(renamed)
    return whole


ENGINE = settings(max_examples=times(4, 40), deadline=None, suppress_health_check=list(HealthCheck))


@ENGINE
@given(parts=st.lists(banks(), min_size=6, max_size=12))
def test_signals_of_any_small_bank_equal_the_oracle(engine, parts):
    bank = merged(parts)
    got = sorted_rows(engine, signals(known_tables(engine, bank), AS_OF, WarningPolicy()))
    expected = oracle.facts(bank, AS_OF)
    assert [{name: r[name] for name in SIGNAL.names[:13]} for r in got] == expected
    for mine, fact in zip(got, expected, strict=True):
        severities = oracle.severities(fact)
        assert {name: mine[name] for name in severities} == pytest.approx(severities, abs=1e-9)
        highest = max(float(fact[n]) for n in ("aum", "aum_30", "aum_60", "aum_90"))
        assert mine["tier"] == oracle.tier(mine["score"], highest)


@st.composite
def futures(draw) -> Bank:
    """Rows nobody could know: they happen after the day, or were ingested after the morning after it."""
    after = st.integers(-60, -1)
    unknown = {"ingested_at": AS_OF.known_by + timedelta(seconds=1)}
    past = st.integers(0, 200)

    def some(*strategies) -> list[dict[str, Any]]:
        return draw(st.lists(st.one_of(*strategies), min_size=1, max_size=8))

    purse, who = st.sampled_from(PURSES), st.sampled_from(PEOPLE)
    early = {"ingested_at": at(ago(300))}
    return {
        "customer": some(
            st.builds(lambda c, d: customer(c, closed_on=ago(d), name="later", **unknown), who, AGES),
            st.builds(lambda n: customer(f"N{n}", opened_on=ago(5), **unknown), st.integers(0, 3)),
        ),
        "account": some(
            st.builds(lambda a, c, d: account(a, c, closed_on=ago(d), **unknown), purse, who, AGES),
            st.builds(lambda c: account("A9", c, account_type="wealth", **unknown), who),
        ),
        "balance_daily": some(
            st.builds(lambda d, m, a: balance(d, m, a, **early), after, MONEY, purse),
            st.builds(lambda d, m, a: balance(d, m, a, **unknown), past, MONEY, purse),
        ),
        "transaction": some(
            st.builds(lambda d, a: transaction(d, a, **early), after, purse),
            st.builds(lambda d, a: transaction(d, a, **unknown), past, purse),
        ),
        "complaint": some(
            st.builds(lambda d, c, n: complaint(d, c, complaint_id=f"K{n}", **early), after, who, st.integers(0, 6)),
            st.builds(
                lambda d, c, n: complaint(d, c, complaint_id=f"K{n}", resolved_at=at(ago(d)), **unknown),
                past, who, st.integers(0, 6),
            ),
        ),
        "assignment": some(
            st.builds(lambda c: row("assignment", customer_id=c, staff_id="S9", since=ago(3), **unknown), who),
            st.builds(lambda c: row("assignment", customer_id=c, staff_id="S9", since=ago(-1), **early), who),
        ),
    }  # fmt: skip


@ENGINE
@given(parts=st.lists(st.tuples(banks(), futures()), min_size=4, max_size=8))
def test_rows_from_the_future_change_neither_signals_nor_snapshot(engine, parts):
    bank, future = merged([b for b, _ in parts]), merged([f for _, f in parts])

    def seen(rows: Bank) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        tables = known_tables(engine, rows)
        found = engine.materialise(signals(tables, AS_OF, WarningPolicy()))
        return sorted_rows(engine, found), sorted_rows(engine, snapshot(tables, found))

    together = {name: bank.get(name, []) + future.get(name, []) for name in {*bank, *future}}
    assert seen(together) == seen(bank)


@settings(ENGINE, max_examples=times(2, 20))
@given(bank=banks(), resolved=st.integers(1, 60))
def test_a_complaint_that_will_be_resolved_later_is_as_open_as_one_never_resolved(engine, bank, resolved):
    def counts(when) -> list[int]:
        letter = complaint(10, "C1", complaint_id="K99", resolved_at=when)
        rows = bank | {"complaint": [*bank["complaint"], letter]}
        made = signals(known_tables(engine, rows), AS_OF, WarningPolicy())
        return [r["complaints_open"] for r in sorted_rows(engine, made)]

    assert counts(at(DAY + timedelta(days=resolved), 0, 1)) == counts(None)


def test_signals_and_snapshot_have_exactly_the_declared_columns_and_types(engine):
    tables = known_tables(engine, {"customer": [customer()], "account": [account()], "balance_daily": [balance(3, 5)]})
    made = engine.materialise(signals(tables, AS_OF, WarningPolicy()))
    assert_shape(engine.arrow(made), SIGNAL.arrow)
    assert_shape(engine.arrow(snapshot(tables, made)), CUSTOMER_SNAPSHOT.arrow)


def assert_shape(got: pa.Table, declared: pa.Schema) -> None:
    assert got.schema.names == declared.names
    assert [str(t) for t in got.schema.types] == [str(t) for t in declared.types]
    got.cast(declared)
