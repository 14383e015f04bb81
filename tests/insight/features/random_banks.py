"""Random small banks for every table that features read, late rows and corrected dimensions included.

Drawn from `random.Random(seed)`: whole banks drawn by hypothesis itself are too much data for it.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.insight.bank import DAY, Bank, account, ago, at, balance, complaint, customer, row, transaction

Row = dict[str, Any]
PEOPLE, PURSES = ["C1", "C2"], ["A1", "A2", "A3"]
EDGES = [-1, 0, 6, 7, 8, 29, 30, 31, 36, 37, 59, 60, 61, 89, 90, 91, 119, 120, 150, 179, 180, 181]
LAGS = [0, 0, 0, 0, 1, 2, 31, 40, 95]
KNOWN = [400, 400, 120, 61, 50, 0, -1]
MONEY = [-900, 0, 1, 500, 12_000, 30_000, 80_000]
AMOUNTS = [Decimal(n) for n in ("0.00", "0.10", "0.20", "88.88", "5000.00")]
HOURS = [0, 5, 6, 12, 21, 22, 23]
DAYS = [400, 100, 60, 30, 0, -1]
ENDS = [None, None, None, 120, 90, 31, 30, 1, 0, -1, -40]
TYPES = ["transfer", "cash", "card", "salary", "fee", "repayment", "wealth", "bill"]
CHANNELS = ["app", "web", "branch", "atm", "pos", "phone", "system", None]


def late(age: int, lag: int) -> Row:
    return {"ingested_at": at(ago(age - lag), 23)}


def on(age: int | None):
    return None if age is None else ago(age)


def an_age(r: Random) -> int:
    return r.choice(EDGES) if r.random() < 0.5 else r.randint(-5, 260)


def a_customer(r: Random) -> Row:
    opened = r.choice(DAYS)
    return customer(
        r.choice(PEOPLE), opened_on=ago(opened), closed_on=on(r.choice(ENDS)), name=r.choice(["王一", "李二", None]),
        gender=r.choice(["female", "male", "unknown", None]), risk_appetite=r.choice(["C1", "C5", None]),
        birth_date=r.choice([None, ago(6_000), ago(20_000)]), risk_assessed_on=on(opened), **late(r.choice(KNOWN), 0),
    )  # fmt: skip


def an_account(r: Random) -> Row:
    kind = r.choice(["current", "current", "term_deposit", "loan", "credit_card"])
    return account(
        r.choice(PURSES), r.choice(PEOPLE), account_type=kind, opened_on=ago(r.choice(DAYS)),
        closed_on=on(r.choice(ENDS)), **late(r.choice(KNOWN), 0),
    )  # fmt: skip


def a_balance(r: Random) -> Row:
    age = an_age(r)
    return balance(age, r.choice(MONEY), r.choice(PURSES), **late(age, r.choice(LAGS)))


def corrected(r: Random) -> list[Row]:
    age, purse = r.randint(0, 130), r.choice(PURSES)
    return [balance(age, r.choice(MONEY), purse, **late(age, lag)) for lag in (0, r.choice(LAGS))]


def a_transaction(r: Random) -> Row:
    age = an_age(r)
    return transaction(
        age, r.choice(PURSES), occurred_at=at(ago(age), r.choice(HOURS)), amount=r.choice(AMOUNTS),
        initiator=r.choice(["customer", "customer", "customer", "bank", "counterparty"]),
        direction=r.choice(["in", "out"]), transaction_type=r.choice(TYPES), channel=r.choice(CHANNELS),
        merchant_category=r.choice(["餐饮", "医疗", None]), counterparty_name=r.choice(["王一", "李二", None]),
        counterparty_bank=r.choice(["他行", None]), **late(age, r.choice(LAGS)),
    )  # fmt: skip


def a_complaint(r: Random) -> Row:
    age = an_age(r)
    resolved = r.choice([None, at(ago(r.choice(EDGES)), r.choice([0, 7, 23]), 30)])
    return complaint(
        age, r.choice(PEOPLE), complaint_id=f"K{r.randint(0, 3)}", resolved_at=resolved,
        reason=r.choice(["设施设备系统", "其他", None]), **late(age, r.choice(LAGS)),
    )  # fmt: skip


def a_holding(r: Random) -> Row:
    return row(
        "holding", holding_id=f"H{r.randint(0, 3)}", customer_id=r.choice(PEOPLE), amount=r.choice(AMOUNTS),
        started_on=ago(r.choice(DAYS)), matures_on=on(r.choice([None, -7, -8, -30, -90, 0, 31, 60])),
        ended_on=on(r.choice(ENDS)), **late(r.choice(KNOWN), 0),
    )  # fmt: skip


def an_event(r: Random) -> Row:
    age = an_age(r)
    return row(
        "event", event_id=f"E{r.random()}", customer_id=r.choice([*PEOPLE, None]),
        occurred_at=at(ago(age), r.choice(HOURS)), event_name=r.choice(["login", "search", "other"]),
        channel=r.choice(["app", "web", "atm", None]), session_id=r.choice(["S1", "S2", None]),
        properties=r.choice([None, '{"keyword":"如何销户"}', '{"keyword":"年费"}', '{"keyword":"天气"}']),
        **late(age, r.choice(LAGS)),
    )  # fmt: skip


def a_contact(r: Random) -> Row:
    age, result = an_age(r), r.choice(["reached", "refused", "not_reached"])
    return row(
        "contact", contact_id=f"N{r.random()}", customer_id=r.choice(PEOPLE), occurred_at=at(ago(age)), result=result,
        **late(age, r.choice(LAGS)),
    )  # fmt: skip


def a_visit(r: Random) -> Row:
    age = an_age(r)
    return row(
        "interaction", interaction_id=f"V{r.random()}", customer_id=r.choice(PEOPLE), occurred_at=at(ago(age)),
        wait_seconds=r.choice([None, 0, 600, 1801]), result=r.choice(["resolved", "abandoned", None]),
        satisfaction=r.choice([None, 1, 5]), topic=r.choice([None, "利率咨询", "换卡"]), **late(age, r.choice(LAGS)),
    )  # fmt: skip


def distinct(rows: list[Row], *key: str) -> list[Row]:
    """The last row of each key, so that no two rows contradict each other at the same moment."""
    return list({tuple(r[k] for k in key): r for r in rows}.values())


def a_bank(r: Random) -> Bank:
    """Two customers and three accounts at most; some tables empty."""

    def some(make: Callable[[Random], Row], most: int) -> list[Row]:
        return [make(r) for _ in range(r.randint(0, most))]

    pairs = [b for _ in range(r.randint(0, 2)) for b in corrected(r)]
    return {
        "customer": [customer("C1", name="王一"), *distinct(some(a_customer, 4), "customer_id", "ingested_at")],
        "account": [account("A1"), *distinct(some(an_account, 6), "account_id", "ingested_at")],
        "balance_daily": distinct(some(a_balance, 12) + pairs, "account_id", "business_date", "ingested_at"),
        "transaction": some(a_transaction, 25),
        "complaint": distinct(some(a_complaint, 5), "complaint_id", "ingested_at"),
        "holding": distinct(some(a_holding, 4), "holding_id", "ingested_at"),
        "event": some(an_event, 14),
        "contact": some(a_contact, 5),
        "interaction": some(a_visit, 5),
    }


IDS = ("customer_id", "account_id", "complaint_id", "holding_id")


def banks(seed: int, number: int) -> Bank:
    """So many independent small banks as one, their ids told apart: a query's fixed cost is paid once for all."""
    r, whole = Random(seed), dict[str, list[Row]]()
    for n in range(number):
        for name, rows in a_bank(r).items():
            renamed = [x | {k: f"{x[k]}-{n}" for k in IDS if x.get(k) is not None} for x in rows]
            whole.setdefault(name, []).extend(renamed)
    return whole


def future(bank: Bank) -> Bank:
    """Every row of the bank again: once happening after the as-of day (facts), once known too late."""
    made: Bank = {}
    for name, rows in bank.items():
        moved = {"business_date": DAY + timedelta(days=1), "ingested_at": at(DAY, 23)}
        after = [
            x
            | moved
            | {"line": x["line"] + 100_000}
            | {k: at(ago(-1)) for k in ("occurred_at", "received_at") if k in x}
            for x in rows
            if "business_date" in x
        ]
        made[name] = after + [x | {"ingested_at": at(ago(-3), 23), "line": x["line"] + 200_000} for x in rows]
    return made
