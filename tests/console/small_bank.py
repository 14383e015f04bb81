"""A small real bank home: contract rows written straight to the lake, then the daily run on several days.

90 customers of four RMs in two branches, half of them S1's; every third grows silent, every fifth loses assets,
every eleventh complains.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from liuke.lake import Lake
from liuke.tables import CONTRACTS, QUARANTINE, Table
from liuke.tables.derived import LOAD_LOG

ZONE = ZoneInfo("Asia/Shanghai")
SURNAMES = "郭冯周刘徐王何彭陈林黄吴"
GIVEN = ("海峰", "秀英", "若兰", "志强", "思远", "振华", "文博", "晓燕", "建国", "雨桐", "明轩")
TIERS = ("私行", "钻石", "财富", "金卡", "金卡")
RMS = {"S1": ("陆晓楠", "NJ"), "S2": ("周敏", "NJ"), "S3": ("沈佳", "HZ"), "S4": ("韩冰", "HZ")}
PASSWORD = "correct-horse-battery-staple"
LOGINS = {
    "rm1": ("rm", "NJ", "S1"),
    "rm3": ("rm", "HZ", "S3"),
    "head": ("branch_head", "NJ", None),
    "analyst": ("analyst", "HQ", None),
    "officer": ("compliance", "HQ", None),
    "root": ("admin", "", None),
    "lead": ("team_lead", "NJ", None),
    "manager": ("campaign_manager", "HQ", None),
    "signer": ("approver", "HQ", None),
    "engineer": ("data_engineer", "", None),
}
PEOPLE = 90


def last_day() -> date:
    """Yesterday, as a T+1 bank would have it."""
    return datetime.now(ZONE).date() - timedelta(days=1)


def phone(n: int) -> str:
    """An unallocated mobile number."""
    return f"1980000{n:04d}"


def make_home(home: Path, day: date) -> Path:
    """Writes liuke.yaml, calendar, policies and the lake; returns the home."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "liuke.yaml").write_text(
        "name: {zh: 江海银行, en: Jianghai Bank}\nengine: {memory_limit_mb: 512, threads: 2}\n", encoding="utf-8"
    )
    days = (date(day.year - 1, 1, 1) + timedelta(days=n) for n in range(1100))
    rows = "".join(f"{d},{int(d.weekday() < 5)},\n" for d in days)
    (home / "calendar.csv").write_text("date,workday,note\n" + rows, encoding="utf-8")
    (home / "policies").mkdir(exist_ok=True)
    (home / "policies" / "loop.yaml").write_text("holdout_share: 0.3\ncool_down_days: 60\n", encoding="utf-8")
    lake = Lake(home / "lake")
    for name, found in _contracts(day).items():
        table = CONTRACTS[name]
        lake.append(table, _arrow(table, found), commit_id=f"small:{name}")
        _log_load(lake, table, len(found), day)
    lake.append(QUARANTINE, _arrow(QUARANTINE, [_bad_row(day, n) for n in range(7)]), commit_id="small:bad")
    return home


def _contracts(day: date) -> dict[str, list[dict[str, Any]]]:
    dice = random.Random(7)
    people = [_person(n, day) for n in range(PEOPLE)]
    return {
        "branch": [
            {"branch_id": b, "name": n, "parent_id": p, "level": lv, "city": c}
            for b, n, p, lv, c in (
                ("HQ", "总行", None, "head", "南京"),
                ("NJ", "南京鼓楼支行", "HQ", "branch", "南京"),
                ("HZ", "杭州滨江支行", "HQ", "branch", "杭州"),
            )
        ],
        "staff": [
            {
                "staff_id": s,
                "name": n,
                "branch_id": b,
                "role": "rm",
                "phone": None,
                "daily_capacity": 22,
                "active": True,
            }
            for s, (n, b) in RMS.items()
        ],
        "customer": people,
        "assignment": [
            {
                "customer_id": p["customer_id"],
                "staff_id": _rm(n),
                "role": "owner",
                "since": p["opened_on"],
                "until": None,
            }
            for n, p in enumerate(people)
        ],
        "account": [row for n in range(PEOPLE) for row in _accounts(n, day)],
        "balance_daily": [row for n in range(PEOPLE) for row in _balances(n, day)],
        "transaction": [row for n in range(PEOPLE) for row in _transactions(n, day, dice)],
        "event": [row for n in range(PEOPLE) for row in _events(n, day, dice)],
        "complaint": [row for n in range(PEOPLE) for row in _complaints(n, day)],
    }


def _rm(n: int) -> str:
    return "S1" if n % 2 == 0 else f"S{n % 6 // 2 + 2}"


def _number(n: int) -> str:
    return f"62{17000000 + n * 137:08d}"


def _person(n: int, day: date) -> dict[str, Any]:
    return {
        "customer_id": _number(n),
        "name": SURNAMES[n % len(SURNAMES)] + GIVEN[n % len(GIVEN)],
        "id_number": f"99999919{70 + n % 30}0{n % 9 + 1}15{n:03d}0",
        "phone": phone(n),
        "gender": "female" if n % 2 else "male",
        "birth_date": date(1970 + n % 30, n % 9 + 1, 15),
        "address": f"江苏省南京市鼓楼区中山路{n + 1}号",
        "city": "南京",
        "occupation": "教师",
        "branch_id": RMS[_rm(n)][1],
        "opened_on": day - timedelta(days=700 + 60 * n),
        "closed_on": None,
        "risk_appetite": "C3",
        "risk_assessed_on": day - timedelta(days=200),
        "tier": TIERS[n % len(TIERS)],
    }


def _accounts(n: int, day: date) -> Iterator[dict[str, Any]]:
    kinds = ("current", "term_deposit", "wealth")[: 1 + n % 3]
    for kind in kinds:
        yield {
            "account_id": f"A{n:03d}{kind[0]}", "customer_id": _number(n), "account_type": kind, "product_id": None,
            "branch_id": RMS[_rm(n)][1], "currency": "CNY", "opened_on": day - timedelta(days=600), "closed_on": None,
        }  # fmt: skip


def _balances(n: int, day: date) -> Iterator[dict[str, Any]]:
    start = Decimal(40_000 + (n * 7919) % 90 * 13_000)
    for account in _accounts(n, day):
        part = start * (5 if account["account_type"] == "wealth" else 2)
        for week in range(52, -1, -1):
            late = max(0, 9 - week) if n % 5 == 0 else 0
            wave = Decimal(1 + ((n + week) % 7) / 60)
            share = Decimal(1) - Decimal(late) * Decimal("0.09")
            yield {
                "account_id": account["account_id"], "balance_date": day - timedelta(days=7 * week),
                "balance": (part * wave * share).quantize(Decimal("0.01")), "currency": "CNY",
            }  # fmt: skip


def _transactions(n: int, day: date, dice: random.Random) -> Iterator[dict[str, Any]]:
    for back in range(200, 0, -1):
        silent = n % 3 == 0 and back <= 40 + n % 11
        if silent or dice.random() > 0.35:
            continue
        out = dice.random() < 0.7
        yield {
            "transaction_id": f"T{n:03d}{back:03d}", "account_id": f"A{n:03d}c",
            "occurred_at": _at(day - timedelta(days=back), 9 + back % 10), "direction": "out" if out else "in",
            "amount": Decimal(dice.randint(30, 9000)), "currency": "CNY",
            "initiator": "customer" if out else "counterparty", "transaction_type": "transfer" if back % 4 else "card",
            "channel": "app", "merchant_category": None, "counterparty_name": None, "counterparty_account": None,
            "counterparty_bank": "他行" if back % 9 == 0 else None, "balance_after": None, "description": "转账",
        }  # fmt: skip


def _events(n: int, day: date, dice: random.Random) -> Iterator[dict[str, Any]]:
    for back in range(60, 0, -1):
        if dice.random() < 0.2:
            yield {
                "event_id": f"E{n:03d}{back:03d}", "customer_id": _number(n), "anonymous_id": None,
                "occurred_at": _at(day - timedelta(days=back), 20), "event_name": "login", "channel": "app",
                "session_id": None, "properties": None,
            }  # fmt: skip


def _complaints(n: int, day: date) -> Iterator[dict[str, Any]]:
    if n % 11 == 0:
        yield {
            "complaint_id": f"K{n:03d}", "customer_id": _number(n), "received_at": _at(day - timedelta(days=12), 10),
            "channel": "phone", "category": "转账", "reason": "服务态度及质量",
            "text": f"转账限额调整后无人回复,请回电{phone(n)}", "resolved_at": None,
        }  # fmt: skip


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)


def _arrow(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    filled = [_with_provenance(table, row, line) for line, row in enumerate(rows, start=2)]
    return pa.Table.from_pylist(filled, schema=table.arrow)


def _with_provenance(table: Table, row: dict[str, Any], line: int) -> dict[str, Any]:
    if table.name not in CONTRACTS:
        return row
    when = row[table.event_time] if table.event_time else None
    happened = when.astimezone(ZONE).date() if isinstance(when, datetime) else when
    known = _at(happened + timedelta(days=1), 5) if happened else datetime(2020, 1, 1, tzinfo=UTC)
    extra = {"source": "core", "batch_id": "small", "line": line, "ingested_at": known}
    return row | extra | ({"business_date": happened} if table.event_time else {})


def _log_load(lake: Lake, table: Table, rows: int, day: date) -> None:
    row = {
        "source": "core", "batch_id": "small", "table_name": table.name, "files": f"{table.name}.csv",
        "started_at": _at(day, 22), "finished_at": _at(day, 23), "accepted": rows,
        "quarantined": 7 if table.name == "customer" else 0, "duplicates": 0, "first_date": None, "last_date": None,
    }  # fmt: skip
    lake.append(LOAD_LOG, pa.Table.from_pylist([row], schema=LOAD_LOG.arrow), commit_id=f"small:log:{table.name}")


def _bad_row(day: date, n: int) -> dict[str, Any]:
    return {
        "source": "core", "batch_id": "small", "table_name": "customer", "file": "customer.csv", "line": 61 + n,
        "column_name": "phone" if n % 2 else "birth_date", "value": phone(n) if n % 2 else "1987-13-40",
        "rule": "type", "message": "expected another kind of value", "row_text": f'{{"phone": "{phone(n)}"}}',
        "ingested_at": _at(day, 23),
    }  # fmt: skip


def run_days(home: Path, day: date) -> None:
    """The daily run on three days, so that decisions have matured outcomes; then log-ins. Needs Django's database.

    Value, which only the newest day keeps, is made on the last one.
    """
    from liuke.daily import run_day
    from liuke.state.accounts import ensure_user
    from liuke.wiring import open_house

    house = open_house(home)
    for back in (45, 38, 0):
        run_day(house, day - timedelta(days=back), loop_only=back > 0)
    for username, (role, branch, staff) in LOGINS.items():
        name = (
            RMS[staff][0] if staff else {"head": "顾行长", "analyst": "钱分析", "officer": "方合规"}.get(username, "")
        )
        ensure_user(
            username, role=role, password=PASSWORD, branch_id=branch, staff_id=staff, display_name=name or username
        )
