"""Assets told day by day are what was known each day, and never more."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest

from liuke.clock import AsOf
from liuke.streaming.core.balances import balances
from tests.insight import oracle
from tests.insight.bank import DAY, ZONE, account, ago, at, balance, customer, known_tables

SPAN = 45


def told(engine, bank, first, last, as_of=None):
    rows = balances(known_tables(engine, bank, as_of or AsOf.end_of(last, ZONE)), first, last)
    found = engine.arrow(rows.select("event_id", "occurred_at", "aum", "aum_change_30", "aum_share_30")).to_pylist()
    return {row.pop("event_id").removeprefix("balance:"): row for row in found}


def assets(bank, who, day):
    """What was known of the customer's assets of `day` on the morning after."""
    as_of = AsOf.end_of(day, ZONE)
    accounts = [a for a in oracle.newest(bank["account"], ["account_id"], as_of) if a["customer_id"] == who]
    return float(oracle.aum(bank, accounts, day, as_of))


def random_bank(seed):
    """Two customers; some balances come days late, some accounts open or close on the way, some hold debts."""
    dice = random.Random(seed)
    rows = []
    for name in ("A1", "A2", "A3", "A4", "A5"):
        for days in dice.sample(range(SPAN + 40), 12):
            late = dice.choice((0, 0, 0, 0, 2, 9))
            known = at(ago(days - 1), 6) + timedelta(days=late)
            rows.append(balance(days, dice.choice((-50, 0, 100, 100, Decimal("250.5"), 400)), name, ingested_at=known))
    owners = {"A1": "C1", "A2": "C1", "A3": "C2", "A4": "C2", "A5": "C2"}
    some = {
        "A2": {"opened_on": ago(dice.randrange(SPAN + 30))},
        "A3": {"closed_on": (closed := ago(dice.randrange(SPAN))), "ingested_at": at(closed + timedelta(days=1), 6)},
        "A5": {"account_type": "loan"},
    }
    accounts = [
        account(name, who, **{"opened_on": date(2020, 1, 1), **some.get(name, {})}) for name, who in owners.items()
    ]
    open_before = account("A3", "C2", ingested_at=at(date(2020, 1, 1)))
    return {"customer": [customer("C1"), customer("C2")], "account": [open_before, *accounts], "balance_daily": rows}


@pytest.mark.parametrize("seed", range(6))
def test_each_day_tells_what_that_morning_knew_whatever_came_later(engine, seed):
    bank = random_bank(seed)
    first = ago(SPAN - 1)
    found = told(engine, bank, first, DAY)
    expected = {}
    for who in ("C1", "C2"):
        for back in range(SPAN - 1, -1, -1):
            day = ago(back)
            now, before = assets(bank, who, day), assets(bank, who, day - timedelta(days=1))
            if now != before:
                old = assets(bank, who, day - timedelta(days=30))
                expected[f"{who}:{day}"] = (now, round(now - old, 2), now / old if old else None)
    assert {key: (row["aum"], round(row["aum_change_30"], 2), row["aum_share_30"]) for key, row in found.items()} == {
        key: (now, change, share if share is None else pytest.approx(share))
        for key, (now, change, share) in expected.items()
    }
    assert len(found) > 5


@pytest.mark.parametrize("seed", range(3))
def test_an_earlier_reading_is_the_beginning_of_a_later_one(engine, seed):
    bank, first, middle = random_bank(seed), ago(30), ago(9)
    later = told(engine, bank, first, DAY)
    assert told(engine, bank, first, middle) == {key: row for key, row in later.items() if key[-10:] <= str(middle)}


def test_a_day_ends_in_the_banks_zone(engine):
    [row] = told(
        engine, {"customer": [customer()], "account": [account()], "balance_daily": [balance(3, 5)]}, ago(5), DAY
    ).values()
    assert row["occurred_at"] == at(ago(2), 0) - timedelta(seconds=1)
