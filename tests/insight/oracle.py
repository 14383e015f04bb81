"""The signals' facts and severities once more: slow, obvious, in plain Python, sharing no code with the library."""

from datetime import date, timedelta
from decimal import Decimal
from math import sqrt
from typing import Any

from liuke.clock import AsOf
from tests.insight.bank import ZONE, Rows


def facts(bank: Rows, as_of: AsOf) -> list[dict[str, Any]]:
    """One dict per living customer with SIGNAL's fact columns, sorted by customer."""
    customers = newest(bank.get("customer", []), ["customer_id"], as_of)
    alive = [c for c in customers if is_open(c, as_of.day)]
    return [one(bank, c["customer_id"], as_of) for c in sorted(alive, key=lambda c: c["customer_id"])]


def one(bank: Rows, who: str, as_of: AsOf) -> dict[str, Any]:
    day = as_of.day
    accounts = [a for a in newest(bank.get("account", []), ["account_id"], as_of) if a["customer_id"] == who]
    names = {a["account_id"] for a in accounts}
    active = sorted(
        t["business_date"]
        for t in seen(bank.get("transaction", []), as_of)
        if t["account_id"] in names and t["initiator"] == "customer"
    )
    ages = [(day - d).days for d in active]
    prior = sum(30 <= age < 120 for age in ages)
    last = min(ages, default=999)
    letters = newest(seen(bank.get("complaint", []), as_of), ["complaint_id"], as_of)
    letters = [c for c in letters if c["customer_id"] == who]
    received = [(day - c["business_date"]).days for c in letters]
    return {
        "as_of": day,
        "customer_id": who,
        "aum": aum(bank, accounts, day, as_of),
        "aum_30": aum(bank, accounts, day - timedelta(30), as_of),
        "aum_60": aum(bank, accounts, day - timedelta(60), as_of),
        "aum_90": aum(bank, accounts, day - timedelta(90), as_of),
        "transactions_30": sum(age < 30 for age in ages),
        "transactions_prior_90": prior,
        "days_since_active": last if last < 120 else None,
        "usual_gap_days": 90 / prior if prior else None,
        "complaints_90": sum(age < 90 for age in received),
        "complaints_prior_90": sum(90 <= age < 180 for age in received),
        "complaints_open": sum(
            c["resolved_at"] is None or c["resolved_at"].astimezone(ZONE).date() > day for c in letters
        ),
    }


def aum(bank: Rows, accounts: list[dict[str, Any]], day: date, as_of: AsOf) -> Decimal:
    total = Decimal(0)
    for account in accounts:
        if account["account_type"] in ("loan", "credit_card") or not is_open(account, day):
            continue
        rows = [
            b
            for b in seen(bank.get("balance_daily", []), as_of)
            if b["account_id"] == account["account_id"] and b["business_date"] <= day
        ]
        if rows:
            last = max(rows, key=lambda b: (b["business_date"], b["ingested_at"]))
            total += max(Decimal(last["balance"]), Decimal(0))
    return total


def is_open(thing: dict[str, Any], day: date) -> bool:
    return thing["opened_on"] <= day and (thing["closed_on"] is None or thing["closed_on"] > day)


def seen(rows: list[dict[str, Any]], as_of: AsOf) -> list[dict[str, Any]]:
    return [r for r in rows if r["business_date"] <= as_of.day and r["ingested_at"] <= as_of.known_by]


def newest(rows: list[dict[str, Any]], key: list[str], as_of: AsOf) -> list[dict[str, Any]]:
    best: dict[tuple[Any, ...], dict[str, Any]] = {}
    for r in rows:
        if r["ingested_at"] <= as_of.known_by:
            name = tuple(r[k] for k in key)
            old = best.get(name)
            if old is None or (r["ingested_at"], r["line"]) > (old["ingested_at"], old["line"]):
                best[name] = r
    return list(best.values())


def ramp(value: float, start: float, full: float, starts_with: float = 0.3) -> float:
    if value < start:
        return 0.0
    return min(1.0, starts_with + (value - start) / (full - start) * (1 - starts_with))


def severities(fact: dict[str, Any]) -> dict[str, float]:
    """By the default policy as written in docs/warning.md."""
    mean, recent = fact["transactions_prior_90"] / 3, fact["transactions_30"]
    frequency = 0.0
    if mean >= 3 and recent < mean and (mean - recent) / sqrt(mean * 4 / 3) >= 1.5 - 1e-12:
        frequency = ramp((mean - recent) / mean, 0.5, 1.0)
    now, d30, d60, d90 = (float(fact[n]) for n in ("aum", "aum_30", "aum_60", "aum_90"))
    balance = 0.0
    if max(now, d30, d60, d90) >= 10_000 and now < d30:
        if (now < d30) + (d30 < d60) + (d60 < d90) >= 2 and d90 > 0:
            balance = ramp(1 - now / d90, 0.3, 0.8)
        balance = max(balance, ramp(1 - now / d30, 0.5, 0.9))
    rise = fact["complaints_90"] - fact["complaints_prior_90"]
    complaint = min(1.0, ramp(rise, 1, 3, 0.4) + (0.3 if fact["complaints_open"] else 0.0))
    recency = 0.0
    if mean >= 3 and fact["days_since_active"] >= 15:
        recency = ramp(fact["days_since_active"] / fact["usual_gap_days"], 4, 10)
    score = 1 - (1 - 0.6 * frequency) * (1 - 0.7 * balance) * (1 - 0.5 * complaint) * (1 - 0.2 * recency)
    return {
        "frequency_severity": frequency,
        "balance_severity": balance,
        "complaint_severity": complaint,
        "recency_severity": recency,
        "score": score,
    }


def tier(score: float, highest: float) -> str:
    for name, least, money in (("red", 0.6, 50_000), ("orange", 0.4, 10_000), ("yellow", 0.18, 0)):
        if score >= least and highest >= money:
            return name
    return "none"
