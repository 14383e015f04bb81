"""Rules once more: slow, obvious, in plain Python over rows as lists, sharing no code with the library."""

import json
from datetime import date, timedelta
from typing import Any

from liuke.clock import AsOf
from tests.insight.oracle import is_open, newest, seen

Bank = dict[str, list[dict[str, Any]]]


def members(
    bank: Bank,
    features: dict[str, dict[str, Any]],
    rule: dict[str, Any],
    as_of: AsOf,
    made: dict[str, dict[str, Any]] | None = None,
) -> list[str]:
    """The customers who meet a rule as written in YAML; features, and what the daily run made, by customer."""
    customers = newest(bank.get("customer", []), ["customer_id"], as_of)
    alive = [c | (made or {}).get(c["customer_id"], {}) for c in customers if is_open(c, as_of.day)]
    return sorted(c["customer_id"] for c in alive if holds(rule, c, features.get(c["customer_id"], {}), bank, as_of))


def holds(rule: dict[str, Any], who: dict[str, Any], numbers: dict[str, Any], bank: Bank, as_of: AsOf) -> bool:
    def again(part: dict[str, Any]) -> bool:
        return holds(part, who, numbers, bank, as_of)

    if "all" in rule:
        return all(again(p) for p in rule["all"])
    if "any" in rule:
        return any(again(p) for p in rule["any"])
    if "not" in rule:
        return not again(rule["not"])
    op = rule.get("op", ">=" if "did" in rule or "has" in rule else "==")
    if "attribute" in rule:
        right = rule.get("value")
        if isinstance(right, dict):
            other = who.get(right["attribute"])
            if other is None:
                return False
            right = other * right.get("times", 1) if isinstance(other, float) else other
        if op == "under":
            return who["branch_id"] in below(bank, right, as_of)
        return asked(attribute(who, rule["attribute"], as_of.day), op, right, as_of.day)
    if "feature" in rule:
        right = rule.get("value")
        if isinstance(right, dict):
            other = numbers.get(right["feature"])
            if other is None:
                return False
            right = other * right.get("times", 1)
        return asked(numbers.get(rule["feature"]), op, right, as_of.day)
    rows = matching(rule, rule.get("did") or rule["has"], who, bank, as_of)
    if not asked(measure(rule, rows), op, rule.get("value", 1), as_of.day):
        return False
    if "without" not in rule:
        return True
    others = matching(rule["without"], rule["without"]["did"], who, bank, as_of)
    if rule["without"].get("since"):
        return not rows or not any(moment(o) >= min(moment(r) for r in rows) for o in others)
    return not others


def measure(rule: dict[str, Any], rows: list[dict[str, Any]]) -> float:
    kind = rule.get("measure", "count")
    if kind == "count":
        return len(rows)
    values = [r[rule["of"]] for r in rows if r[rule["of"]] is not None]
    return float(sum(values)) if kind == "sum" else len(set(values))


def matching(part: dict[str, Any], name: str, who: dict[str, Any], bank: Bank, as_of: AsOf) -> list[dict[str, Any]]:
    day = as_of.day
    accounts = newest(bank.get("account", []), ["account_id"], as_of)
    mine = {a["account_id"] for a in accounts if a["customer_id"] == who["customer_id"]}
    if name == "account":
        rows = [a for a in accounts if a["account_id"] in mine and is_open(a, day)]
    elif name == "holding":
        rows = newest(bank.get("holding", []), ["holding_id"], as_of)
        rows = [
            h
            for h in rows
            if h["customer_id"] == who["customer_id"]
            and h["started_on"] <= day
            and (h["ended_on"] is None or h["ended_on"] > day)
        ]
    elif name == "transaction":
        rows = [t for t in seen(bank.get(name, []), as_of) if t["account_id"] in mine]
    else:
        rows = seen(bank.get(name, []), as_of)
        rows = newest(rows, ["complaint_id"], as_of) if name == "complaint" else rows
        rows = [r for r in rows if r["customer_id"] == who["customer_id"]]
    if part.get("within"):
        rows = [r for r in rows if r["business_date"] > day - timedelta(days=part["within"])]
    named = {"event": "event_name", "transaction": "transaction_type", "account": "account_type"}
    if part.get("name"):
        rows = [r for r in rows if r[named[name]] in part["name"]]
    return [r for r in rows if all(fits(test, r, name, as_of) for test in part.get("where", []))]


def fits(test: dict[str, Any], row: dict[str, Any], name: str, as_of: AsOf) -> bool:
    if "all" in test:
        return all(fits(t, row, name, as_of) for t in test["all"])
    if "any" in test:
        return any(fits(t, row, name, as_of) for t in test["any"])
    if "not" in test:
        return not fits(test["not"], row, name, as_of)
    op, right = test.get("op", "=="), test.get("value")
    if "column" in test:
        value = row[test["column"]]
        if test["column"] == "resolved_at" and value is not None and value.date() > as_of.day:
            value = None
        return asked(value, op, right, as_of.day)
    value = prop(row["properties"], test["property"])
    given = right if isinstance(right, list) else [right]
    if right is not None and all(isinstance(v, int | float) for v in given):
        try:
            return value is not None and asked(float(value), op, right, as_of.day)
        except ValueError:
            return False
    return asked(value, op, right, as_of.day)


def prop(text: str | None, key: str) -> str | None:
    try:
        value = json.loads(text or "")[key]
    except (ValueError, KeyError, TypeError):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def asked(value: Any, op: str, right: Any, day: date) -> bool:
    if op == "is_null":
        return value is None
    if op == "not_null":
        return value is not None
    if value is None:
        return False
    listed = [constant(v, day) for v in (right if isinstance(right, list) else [right])]
    one = listed[0]
    answers = {
        "==": lambda: value == one,
        "!=": lambda: value != one,
        "<": lambda: value < one,
        "<=": lambda: value <= one,
        ">": lambda: value > one,
        ">=": lambda: value >= one,
        "between": lambda: listed[0] <= value <= listed[1],
        "in": lambda: value in listed,
        "not_in": lambda: value not in listed,
        "contains": lambda: one in value,
        "starts_with": lambda: value.startswith(one),
    }
    return bool(answers[op]())


def constant(value: Any, day: date) -> Any:
    if isinstance(value, str) and value.startswith("today"):
        return day + timedelta(days=int(value[5:] or 0))
    return value


def attribute(who: dict[str, Any], name: str, day: date) -> Any:
    born: date | None = who["birth_date"]
    if name == "age":
        return None if born is None else day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    if name == "birth_month":
        return None if born is None else born.month
    if name == "days_to_birthday":
        return None if born is None else next(n for n in range(365) if _falls_on(born, day, n))
    if name == "tenure_days":
        return (day - who["opened_on"]).days
    return who.get(name)


def below(bank: Bank, root: str, as_of: AsOf) -> set[str]:
    rows = newest(bank.get("branch", []), ["branch_id"], as_of)
    found = {root}
    while True:
        more = {r["branch_id"] for r in rows if r["parent_id"] in found} - found
        if not more:
            return found
        found |= more


def moment(row: dict[str, Any]) -> Any:
    return row.get("occurred_at") or row["received_at"]


def _falls_on(born: date, day: date, days_ahead: int) -> bool:
    """Whether so many days ahead, in a calendar without 29 February, is the birthday."""
    plain = date(2001, day.month, min(day.day, 28) if day.month == 2 else day.day) + timedelta(days=days_ahead)
    return (plain.month, plain.day) == (born.month, min(born.day, 28) if born.month == 2 else born.day)
