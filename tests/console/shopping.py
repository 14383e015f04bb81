"""Searches and applications of known people in the small bank, for the pages that analyse behaviour."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import small_bank
from small_bank import PEOPLE, RMS, last_day

from liuke.tables import CONTRACTS
from liuke.wiring import open_house

ANSWER = {"HX-Request": "true", "HX-Target": "answer"}
SEGMENT = """name: {zh: 金卡, en: Gold}
description: {zh: 金卡客户, en: Gold customers}
owner: 测试
rule: {attribute: bank_tier, value: 金卡}
"""


def _facts() -> Iterator[dict[str, Any]]:
    """Twelve days ago everybody searches; who has an even number below 60 applies an hour later; every tenth by web."""
    day = last_day() - timedelta(days=12)
    for n in range(PEOPLE):
        for k, name in enumerate(("search", "apply_start") if n in APPLIED else ("search",)):
            yield {
                "event_id": f"F{n:03d}{k}", "customer_id": small_bank._number(n), "anonymous_id": None,
                "occurred_at": small_bank._at(day, 9 + k), "event_name": name,
                "channel": "web" if n % 10 == 0 else "app", "session_id": None,
                "properties": json.dumps({"product": "loan" if n % 4 == 0 else "card"}),
            }  # fmt: skip


APPLIED = [n for n in range(PEOPLE) if n % 2 == 0 and n < 60]
NANJING = [n for n in range(PEOPLE) if RMS[small_bank._rm(n)][1] == "NJ"]


def stock(home: Path) -> None:
    """Adds the searches and applications, and a segment."""
    rows = small_bank._arrow(CONTRACTS["event"], list(_facts()))
    open_house(home).lake.append(CONTRACTS["event"], rows, commit_id="shop")
    (home / "segments").mkdir(exist_ok=True)
    (home / "segments" / "gold.yaml").write_text(SEGMENT, encoding="utf-8")


def wander(home: Path, devices: int) -> None:
    """Adds a search on each of so many devices that nobody is known by."""
    day = last_day() - timedelta(days=12)
    rows = [
        {
            "event_id": f"W{n}", "customer_id": None, "anonymous_id": f"device-{n}", "session_id": None,
            "occurred_at": small_bank._at(day, 9), "event_name": "search", "channel": "app", "properties": None,
        }
        for n in range(devices)
    ]  # fmt: skip
    open_house(home).lake.append(CONTRACTS["event"], small_bank._arrow(CONTRACTS["event"], rows), commit_id="wander")
