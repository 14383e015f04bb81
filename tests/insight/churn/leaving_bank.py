"""A bank whose customers leave with a sign that can be seen: own payments stop some six weeks before the money."""

from datetime import UTC, datetime
from random import Random

from liuke.lake import Lake
from tests.insight.bank import Bank, account, ago, balance, customer, transaction
from tests.insight.fates import filled

PEOPLE = 220
SPAN = 420
LEAVERS = 90
NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)


def leaving_bank(seed: int = 5) -> Bank:
    """Leavers pay their last 46 days before the balance falls to nothing; sex and age mean nothing."""
    rng = Random(seed)
    bank: Bank = {"customer": [], "account": [], "balance_daily": [], "transaction": []}
    for n in range(PEOPLE):
        who, purse = f"C{n:03d}", f"A{n:03d}"
        fact = {"gender": rng.choice(["female", "male"]), "birth_date": ago(rng.randint(20, 70) * 365)}
        bank["customer"].append(customer(who, name=f"某{n}", phone=f"1380000{n:04d}", **fact))
        bank["account"].append(account(purse, who))
        goes = rng.randint(5, SPAN - 130) if n < LEAVERS else -1
        size = rng.randint(20_000, 90_000)
        bank["balance_daily"] += [
            balance(day, round(size * rng.uniform(0.9, 1.1)), purse) for day in range(SPAN, max(goes, 0), -7)
        ]
        if goes > 0:
            bank["balance_daily"].append(balance(goes, 10, purse))
        bank["transaction"] += [
            transaction(day, purse, amount=rng.randint(5, 500), direction="out", transaction_id=f"T{n}-{day}")
            for day in range(SPAN, -1, -1)
            if rng.random() < 0.25 and day > goes + 45
        ]
    return bank


def leaving_lake(lake: Lake, seed: int = 5) -> Lake:
    """The same in a lake."""
    return filled(lake, leaving_bank(seed))
