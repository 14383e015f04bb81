"""The per-point measurement against a slow oracle, and against insight's AUM: two readings of one definition."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.facts import assets_on
from liuke.tables import CUSTOMER
from liuke.track.measure import Grain, first_day, measured
from tests.night import times

from .conftest import Bank

START = date(2026, 1, 1)
RUN = START + timedelta(days=25)
KNOWN_BY = datetime.combine(RUN + timedelta(days=1), time(1), UTC)

offsets = st.integers(0, 30).map(lambda n: START + timedelta(days=n))
lags = st.sampled_from([timedelta(days=1), timedelta(days=1), timedelta(days=8)])
accounts = st.lists(
    st.tuples(
        st.sampled_from(["C1", "C2"]), st.sampled_from(["current", "wealth", "loan", "credit_card"]),
        offsets, st.one_of(st.none(), offsets),
    ),
    min_size=1, max_size=4,
)  # fmt: skip
balances = st.lists(st.tuples(st.integers(0, 3), offsets, st.integers(-50, 500), lags), max_size=25)
payments = st.lists(st.tuples(st.integers(0, 3), offsets, st.sampled_from(["customer", "bank"]), lags), max_size=25)
asked = st.sets(st.tuples(st.sampled_from(["C1", "C2"]), st.integers(0, 25)), min_size=1, max_size=8)


def ingested(day: date, lag: timedelta) -> datetime:
    return datetime.combine(day, time(1), UTC) + lag


@settings(max_examples=times(5, 50), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(accounts, balances, payments, asked, st.one_of(st.none(), offsets))
def test_points_are_measured_as_walking_through_the_facts_gives(
    engine: Engine, accts, bals, pays, points, closed
) -> None:
    bank, long_ago = Bank(engine), datetime(2025, 1, 1, tzinfo=UTC)
    for c in ("C1", "C2"):
        left = {"closed_on": closed} if c == "C1" and closed else {}
        bank.add(CUSTOMER, long_ago, customer_id=c, branch_id="B", opened_on=START, **left)
    for i, (owner, kind, opened, ended) in enumerate(accts):
        bank.account(f"A{i}", owner, kind, opened_on=opened, closed_on=ended, ingested=long_ago)
    bals = [(a, *rest) for (a, *rest) in bals if a < len(accts)]
    bals = list({(a, d): (a, d, amount, lag) for a, d, amount, lag in bals}.values())
    pays = [(a, *rest) for (a, *rest) in pays if a < len(accts)]
    for a, day, amount, lag in bals:
        bank.balance(f"A{a}", day, f"{amount}.00", ingested(day, lag))
    for a, day, who, lag in pays:
        bank.pays(f"A{a}", day, who, ingested(day, lag))

    tables = bank.facts(AsOf(RUN, KNOWN_BY))
    rows = [{"customer_id": c, "on_day": START + timedelta(days=n)} for c, n in points]
    schema = pa.schema([("customer_id", pa.string()), ("on_day", pa.date32())])
    found = engine.arrow(measured(engine.from_arrow(pa.Table.from_pylist(rows, schema=schema)), tables, (3, 10)))

    def known(day: date, lag: timedelta, on: date) -> bool:
        return day <= on and ingested(day, lag) <= KNOWN_BY

    def aum(customer: str, on: date) -> int:
        total = 0
        for i, (owner, kind, opened, ended) in enumerate(accts):
            if owner == customer and kind in ("current", "wealth") and opened <= on and not (ended and ended <= on):
                seen = [(d, amount) for a, d, amount, lag in bals if a == i and known(d, lag, on)]
                total += max(max(seen)[1], 0) if seen else 0
        return total

    def done(customer: str, on: date, window: int) -> int:
        return sum(
            accts[a][0] == customer and who == "customer" and known(d, lag, on) and (on - d).days < window
            for a, d, who, lag in pays
        )

    for row in found.to_pylist():
        c, on = row["customer_id"], row["on_day"]
        assert row["aum"] == aum(c, on)
        assert (row["active_3"], row["active_10"]) == (done(c, on, 3), done(c, on, 10))
        assert row["closed"] == (c == "C1" and closed is not None and closed <= on)
    assert found.num_rows == len(points)

    days = tuple(sorted({r["on_day"] for r in rows}))
    wide = {r["customer_id"]: r for r in engine.arrow(assets_on(tables, days)).to_pylist()}
    for row in found.to_pylist():
        theirs = wide.get(row["customer_id"], {}).get(f"aum_{days.index(row['on_day'])}", 0)
        assert theirs == row["aum"]


@pytest.mark.parametrize("order", [1, -1])
def test_of_a_day_delivered_twice_the_later_delivery_counts(bank: Bank, order: int) -> None:
    bank.customer("C1")
    for amount, hours in [("5.00", 1), ("9.00", 9)][::order]:
        bank.balance("C1-1", START, amount, ingested(START, timedelta(days=1, hours=hours)))
    schema = pa.schema([("customer_id", pa.string()), ("on_day", pa.date32())])
    point = bank.engine.from_arrow(pa.Table.from_pylist([{"customer_id": "C1", "on_day": RUN}], schema=schema))
    found = bank.engine.arrow(measured(point, bank.facts(AsOf(RUN, KNOWN_BY)), (1,)))
    assert found["aum"].to_pylist() == [Decimal("9.00")]


@pytest.mark.parametrize(("grain", "first"), [("W", date(2026, 2, 23)), ("M", date(2026, 3, 1))])
def test_the_first_day_of_a_week_or_month_is_a_date_also_once_it_is_kept(
    engine: Engine, grain: Grain, first: date
) -> None:
    rows = engine.from_arrow(pa.table({"day": pa.array([date(2026, 3, 1)], pa.date32())}))  # a Sunday
    told = rows.select(first=first_day(rows.day, grain))
    assert engine.arrow(told)["first"].to_pylist() == [first]
    kept = engine.arrow(engine.materialise(told))
    assert kept["first"].type == pa.date32()
    assert kept["first"].to_pylist() == [first]
