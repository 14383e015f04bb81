"""Features once more: slow, obvious, in plain Python, one moment at a time, sharing no code with the library."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from math import log
from statistics import mean, pstdev, stdev
from typing import Any

from liuke.clock import AsOf
from tests.insight.bank import ZONE, Rows
from tests.insight.oracle import is_open, newest, seen

Row = dict[str, Any]
WINDOWS = (7, 30, 90, 180)


def features(bank: Rows, as_of: AsOf) -> list[Row]:
    """One dict per living customer, sorted by customer."""
    people = [c for c in newest(bank.get("customer", []), ["customer_id"], as_of) if is_open(c, as_of.day)]
    return [one(bank, c, as_of) for c in sorted(people, key=lambda c: c["customer_id"])]


def one(bank: Rows, person: Row, as_of: AsOf) -> Row:
    who, day = person["customer_id"], as_of.day
    accounts = [a for a in newest(bank.get("account", []), ["account_id"], as_of) if a["customer_id"] == who]
    names = {a["account_id"]: a for a in accounts}
    moves = [t for t in seen(bank.get("transaction", []), as_of) if t["account_id"] in names]
    return {
        "as_of": day,
        "customer_id": who,
        **attributes(person, day),
        **transactions(moves, day),
        **turnover(moves, aum_on(bank, accounts, day, as_of), day),
        **salaries(moves, day),
        **elsewhere(moves, person, aum_on(bank, accounts, day, as_of), day),
        **cards(moves, names, day),
        **balances(bank, accounts, as_of),
        **products(accounts, day),
        **holdings(bank, who, as_of),
        **events([e for e in seen(bank.get("event", []), as_of) if e["customer_id"] == who], day),
        **complaints(bank, who, as_of),
        **contacts([c for c in seen(bank.get("contact", []), as_of) if c["customer_id"] == who], day),
        **visits([v for v in seen(bank.get("interaction", []), as_of) if v["customer_id"] == who], day),
    }


def age(row: Row, day: date) -> int:
    return (day - row["business_date"]).days


def within(rows: list[Row], day: date, w: int) -> list[Row]:
    return [r for r in rows if age(r, day) < w]


def last(rows: list[Row], day: date) -> int | None:
    return min((age(r, day) for r in within(rows, day, 180)), default=None)


def ratio(a: float, b: float) -> float | None:
    return a / b if b > 0 else None


def total(rows: list[Row]) -> float:
    return float(sum(r["amount"] for r in rows))


def line_slope(series: list[float]) -> float:
    """Least squares over 0, 1, 2 … by the book."""
    xs = range(len(series))
    mx, my = mean(xs), mean(series)
    return sum((x - mx) * (y - my) for x, y in zip(xs, series, strict=True)) / sum((x - mx) ** 2 for x in xs)


def series(rows: list[Row], day: date, w: int, value) -> list[float]:
    return [float(sum(value(r) for r in rows if age(r, day) == n)) for n in reversed(range(w))]


def entropy(counts: list[float]) -> float | None:
    whole = sum(counts)
    return -sum(n / whole * log(n / whole) for n in counts if n > 0) if whole > 0 else None


def hour(row: Row) -> int:
    return row["occurred_at"].astimezone(ZONE).hour


def is_night(row: Row) -> bool:
    return hour(row) < 6 or hour(row) >= 22


def is_weekend(row: Row) -> bool:
    return row["business_date"].weekday() in (5, 6)


def attributes(person: Row, day: date) -> Row:
    born, assessed = person["birth_date"], person["risk_assessed_on"]
    return {
        "age": (day - born).days / 365.25 if born else None,
        "is_female": {"female": 1.0, "male": 0.0}.get(person["gender"]),
        "tenure_days": (day - person["opened_on"]).days,
        "risk_appetite_level": int(person["risk_appetite"][1]) if person["risk_appetite"] else None,
        "days_since_risk_assessed": (day - assessed).days if assessed and assessed <= day else None,
    }


def transactions(moves: list[Row], day: date) -> Row:
    own = [t for t in moves if t["initiator"] == "customer"]
    ins, outs = ([t for t in moves if t["direction"] == d] for d in ("in", "out"))
    made: Row = {
        "days_since_active": last(own, day),
        "days_since_in": last(ins, day),
        "days_since_out": last(outs, day),
    }
    for w in WINDOWS:
        o, i, x = within(own, day, w), within(ins, day, w), within(outs, day, w)
        made |= {
            f"tx_count_{w}": len(within(moves, day, w)),
            f"own_count_{w}": len(o),
            f"in_count_{w}": len(i),
            f"out_count_{w}": len(x),
            f"own_days_{w}": len({t["business_date"] for t in o}),
            f"in_amount_{w}": total(i),
            f"out_amount_{w}": total(x),
            f"net_amount_{w}": total(i) - total(x),
            f"out_share_{w}": ratio(total(x), total(i) + total(x)),
        }
    for w in (30, 90, 180):
        made |= in_long_window(moves, own, ins, outs, day, w)
    made["own_count_7_to_30"] = ratio(len(within(own, day, 7)) / 7, len(within(own, day, 30)) / 30)
    made["out_amount_30_to_90"] = ratio(total(within(outs, day, 30)) / 30, total(within(outs, day, 90)) / 90)
    return made


def in_long_window(moves: list[Row], own: list[Row], ins: list[Row], outs: list[Row], day: date, w: int) -> Row:
    o, i, x = within(own, day, w), within(ins, day, w), within(outs, day, w)
    days = sorted({t["business_date"] for t in o})
    gaps = [(b - a).days for a, b in pairwise(days)]
    made: Row = {
        f"in_max_{w}": max((float(t["amount"]) for t in i), default=None),
        f"out_max_{w}": max((float(t["amount"]) for t in x), default=None),
        f"out_mean_{w}": ratio(total(x), len(x)),
        f"fees_{w}": total([t for t in x if t["transaction_type"] == "fee"]),
        f"own_count_slope_{w}": line_slope(series(own, day, w, lambda t: 1)),
        f"out_amount_slope_{w}": line_slope(series(outs, day, w, lambda t: t["amount"])),
        f"night_share_{w}": ratio(sum(map(is_night, o)), len(o)),
        f"weekend_share_{w}": ratio(sum(map(is_weekend, o)), len(o)),
    }
    channels = ("app", "web", "branch", "atm", "pos", "phone")
    types = ("transfer", "cash", "card", "repayment", "wealth", "bill")
    by_channel = {c: sum(t["channel"] == c for t in o) for c in channels}
    by_type = {k: sum(t["transaction_type"] == k for t in within(moves, day, w)) for k in types}
    made |= {f"{c}_count_{w}": n for c, n in by_channel.items()} | {f"{k}_count_{w}": n for k, n in by_type.items()}
    for kind in ("transfer", "cash", "card", "wealth", "repayment"):
        made[f"{kind}_out_{w}"] = total([t for t in x if t["transaction_type"] == kind])
    if w in (90, 180):
        made |= {
            f"channel_entropy_{w}": entropy(list(by_channel.values())),
            f"type_entropy_{w}": entropy(list(by_type.values())),
            f"gap_mean_{w}": mean(gaps) if gaps else None,
            f"gap_sd_{w}": stdev(gaps) if len(gaps) > 1 else None,
            f"gap_max_{w}": max(gaps, default=None),
        }
    if w in (30, 90):
        made[f"spent_dining_{w}"] = total([t for t in x if t["merchant_category"] == "餐饮"])
        made[f"spent_medical_{w}"] = total([t for t in x if t["merchant_category"] == "医疗"])
    return made


def turnover(moves: list[Row], aum: float, day: date) -> Row:
    made: Row = {}
    for w in WINDOWS:
        ins, outs = ([t for t in within(moves, day, w) if t["direction"] == d] for d in ("in", "out"))
        made[f"out_to_aum_{w}"] = ratio(total(outs), aum)
        made[f"net_to_aum_{w}"] = ratio(total(ins) - total(outs), aum)
        if w > 7:
            made[f"in_max_to_aum_{w}"] = ratio(max(float(t["amount"]) for t in ins), aum) if ins else None
            made[f"out_max_to_aum_{w}"] = ratio(max(float(t["amount"]) for t in outs), aum) if outs else None
    return made


def salaries(moves: list[Row], day: date) -> Row:
    paid = [t for t in moves if t["transaction_type"] == "salary" and t["direction"] == "in"]
    return {
        "salary_months_180": len({age(t, day) // 30 for t in within(paid, day, 180)}),
        "days_since_salary": last(paid, day),
        "salary_amount_90": total(within(paid, day, 90)),
        "salary_30_to_prior_90": ratio(
            total(within(paid, day, 30)) / 30, (total(within(paid, day, 90)) - total(within(paid, day, 30))) / 60
        ),
    }


def elsewhere(moves: list[Row], person: Row, aum: float, day: date) -> Row:
    own = [t for t in moves if t["counterparty_bank"] and person["name"] and t["counterparty_name"] == person["name"]]
    outs = [t for t in own if t["direction"] == "out"]
    made: Row = {"days_since_elsewhere": last(outs, day)}
    for w in WINDOWS:
        everything = [t for t in within(moves, day, w) if t["direction"] == "out"]
        made |= {
            f"elsewhere_amount_{w}": total(within(outs, day, w)),
            f"elsewhere_share_{w}": ratio(total(within(outs, day, w)), total(everything)),
            f"elsewhere_count_{w}": len(within(outs, day, w)),
            f"elsewhere_net_{w}": 2 * total(within(outs, day, w)) - total(within(own, day, w)),
            f"elsewhere_part_{w}": ratio(total(within(outs, day, w)), total(within(outs, day, w)) + aum),
        }
    return made


def cards(moves: list[Row], names: dict[str, Row], day: date) -> Row:
    used = [t for t in moves if names[t["account_id"]]["account_type"] == "credit_card" and t["direction"] == "out"]
    return {
        "card_spent_90": total(within(used, day, 90)),
        "card_use_count_30": len(within(used, day, 30)),
        "days_since_card_use": last(used, day),
    }


def aum_on(bank: Rows, accounts: list[Row], day: date, as_of: AsOf) -> float:
    whole = 0.0
    for account in accounts:
        if account["account_type"] in ("loan", "credit_card") or not is_open(account, day):
            continue
        rows = [b for b in seen(bank.get("balance_daily", []), as_of)
                if b["account_id"] == account["account_id"] and b["business_date"] <= day]  # fmt: skip
        if rows:
            newest_row = max(rows, key=lambda b: (b["business_date"], b["ingested_at"], b["balance"]))
            whole += max(float(newest_row["balance"]), 0.0)
    return whole


def balances(bank: Rows, accounts: list[Row], as_of: AsOf) -> Row:
    daily = [aum_on(bank, accounts, as_of.day - timedelta(days=n), as_of) for n in reversed(range(180))]
    now = daily[-1]
    made: Row = {"aum": now}
    for w in WINDOWS:
        part = daily[-w:]
        made |= {
            f"aum_mean_{w}": mean(part),
            f"aum_to_mean_{w}": ratio(now, mean(part)),
            f"aum_max_{w}": max(part),
            f"aum_min_{w}": min(part),
        }
    for w in (30, 90, 180):
        part = daily[-w:]
        made |= {
            f"aum_slope_{w}": line_slope(part),
            f"aum_trend_{w}": ratio(line_slope(part) * w, mean(part)),
            f"aum_volatility_{w}": ratio(pstdev(part), mean(part)),
            f"aum_to_max_{w}": ratio(now, max(part)),
            f"funded_days_{w}": sum(x > 0 for x in part),
        }
    made["aum_mean_30_to_prior_90"] = ratio(mean(daily[-30:]), mean(daily[-90:-30]))
    return made


def products(accounts: list[Row], day: date) -> Row:
    held = [a for a in accounts if is_open(a, day)]

    def recent(column: str, w: int) -> int:
        return sum(a[column] is not None and 0 <= (day - a[column]).days < w for a in accounts)

    return {
        "product_count": len({a["account_type"] for a in held}),
        "account_count": len(held),
        "loan_accounts": sum(a["account_type"] == "loan" for a in held),
        "accounts_opened_90": recent("opened_on", 90),
        "accounts_closed_180": recent("closed_on", 180),
    }


def holdings(bank: Rows, who: str, as_of: AsOf) -> Row:
    day = as_of.day
    known = [h for h in newest(bank.get("holding", []), ["holding_id"], as_of) if h["customer_id"] == who]
    held = [h for h in known if h["started_on"] <= day and (h["ended_on"] is None or h["ended_on"] > day)]
    ahead = [((h["matures_on"] - day).days, float(h["amount"])) for h in held if h["matures_on"]]
    ended = [h for h in known if h["ended_on"] and 0 <= (day - h["ended_on"]).days < 180]
    made: Row = {
        "days_to_maturity": min((n for n, _ in ahead if n > 0), default=None),
        "holding_amount": total(held),
        "holding_count": len(held),
        "ended_amount_180": total(ended),
        "early_redemption_count_180": sum(h["matures_on"] is None or h["ended_on"] < h["matures_on"] for h in ended),
    }
    for w in (7, 30, 90):
        due = [amount for n, amount in ahead if 0 < n <= w]
        made |= {
            f"maturing_amount_{w}": sum(due),
            f"maturing_count_{w}": len(due),
            f"maturing_share_{w}": ratio(sum(due), total(held)),
        }
    return made


def events(rows: list[Row], day: date) -> Row:
    logins = [e for e in rows if e["event_name"] == "login"]
    made: Row = {"days_since_event": last(rows, day), "days_since_login": last(logins, day)}
    for w in WINDOWS:
        recent = within(rows, day, w)
        made |= {
            f"event_count_{w}": len(recent),
            f"login_count_{w}": len(within(logins, day, w)),
            f"app_days_{w}": len({e["business_date"] for e in recent if e["channel"] in ("app", "web", "wechat")}),
        }
    for w in (30, 90, 180):
        recent = within(rows, day, w)
        sessions = len({(e["session_id"], e["business_date"]) for e in recent if e["session_id"]})
        days = sorted({e["business_date"] for e in within(logins, day, w)})
        made |= {
            f"search_count_{w}": sum(e["event_name"] == "search" for e in recent),
            **searches(recent, w),
            f"session_count_{w}": sessions,
            f"events_per_session_{w}": ratio(len(recent), sessions),
            f"login_slope_{w}": line_slope(series(logins, day, w, lambda e: 1)),
        }
        if w > 30:
            gap = (days[-1] - days[0]).days / (len(days) - 1) if len(days) > 1 else None
            made |= {
                f"login_gap_mean_{w}": gap,
                f"event_night_share_{w}": ratio(sum(map(is_night, recent)), len(recent)),
                f"event_weekend_share_{w}": ratio(sum(map(is_weekend, recent)), len(recent)),
            }
    return made


def searches(recent: list[Row], w: int) -> Row:
    said = [e["properties"] or "" for e in recent if e["event_name"] == "search"]
    if w > 90:
        return {}
    return {f"search_leaving_{w}": sum("销户" in s for s in said), f"search_fees_{w}": sum("年费" in s for s in said)}


def complaints(bank: Rows, who: str, as_of: AsOf) -> Row:
    day = as_of.day
    known = newest(seen(bank.get("complaint", []), as_of), ["complaint_id"], as_of)
    mine = [c for c in known if c["customer_id"] == who]
    end = datetime.combine(day + timedelta(days=1), time(), ZONE)
    waiting = [c for c in mine if c["resolved_at"] is None or c["resolved_at"] >= end]
    done = [c for c in within(mine, day, 90) if c not in waiting]
    took = [(c["resolved_at"] - c["received_at"]).total_seconds() / 86_400 for c in done]
    return {
        **{f"complaint_count_{w}": len(within(mine, day, w)) for w in WINDOWS},
        "complaints_open": len(waiting),
        "complaint_open_days": max((age(c, day) for c in waiting), default=None),
        "days_since_complaint": min((age(c, day) for c in mine), default=None),
        "complaint_days_mean_90": mean(took) if took else None,
        "complaint_system_180": sum(c["reason"] == "设施设备系统" for c in within(mine, day, 180)),
    }


def contacts(rows: list[Row], day: date) -> Row:
    made: Row = {
        "days_since_contact": last(rows, day),
        "days_since_reached": last([c for c in rows if c["result"] == "reached"], day),
    }
    for w in (30, 90, 180):
        results = [c["result"] for c in within(rows, day, w)]
        made |= {f"contact_{r}_{w}": results.count(r) for r in ("reached", "refused", "not_reached")}
        made[f"contact_count_{w}"] = len(results)
    made["contact_reached_share_180"] = ratio(made["contact_reached_180"], made["contact_count_180"])
    return made


def visits(rows: list[Row], day: date) -> Row:
    made: Row = {}
    for w in (30, 90, 180):
        recent = within(rows, day, w)
        waits = [v["wait_seconds"] / 60 for v in recent if v["wait_seconds"] is not None]
        made |= {
            f"service_count_{w}": len(recent),
            f"wait_mean_{w}": mean(waits) if waits else None,
            f"wait_max_{w}": max(waits, default=None),
            f"service_abandoned_{w}": sum(v["result"] == "abandoned" for v in recent),
        }
        if w < 180:
            made[f"service_rates_{w}"] = sum(v["topic"] == "利率咨询" for v in recent)
    marks = [v["satisfaction"] for v in within(rows, day, 180) if v["satisfaction"] is not None]
    made["service_mark_mean_180"] = mean(marks) if marks else None
    made["long_wait_count_180"] = sum((v["wait_seconds"] or 0) > 1800 for v in within(rows, day, 180))
    return made
