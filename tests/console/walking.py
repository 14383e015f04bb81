"""Loan applications of known people in the small bank, over channels, for the journey map."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import small_bank
from small_bank import PEOPLE, last_day

from liuke.tables import CONTRACTS
from liuke.wiring import open_house

STOPPED_AT_FORM = [n for n in range(PEOPLE) if n % 3 == 0]
CAME_TO_IDENTITY = [n for n in range(PEOPLE) if n % 3]
PAID_OUT = [n for n in range(PEOPLE) if n % 3 == 1]
TYPED_AGAIN = [n for n in CAME_TO_IDENTITY if n % 2 == 0]
JOURNEYS = Path(__file__).resolve().parents[2] / "examples" / "bank" / "journeys"


def _facts() -> Iterator[dict[str, Any]]:
    """Forty days ago everybody fills in the form; two of three go to the counter, half of these are paid out."""
    began = small_bank._at(last_day() - timedelta(days=40), 9)
    for n in range(PEOPLE):
        yield _fact(n, 0, "application_started", began, "app", "form", fields="mobile,income")
        if n in CAME_TO_IDENTITY:
            again = "id_document,income" if n in TYPED_AGAIN else "id_document"
            at = began + timedelta(days=1)
            yield _fact(n, 1, "application_step", at, "branch", "identity", fields=again)
        if n in PAID_OUT:
            approved = began + timedelta(days=3)
            told = {"status": "approved"}
            yield _fact(n, 2, "application_status", approved, "other", "review", **told)
            yield _fact(n, 3, "application_status", approved + timedelta(hours=5), "app", "review", **told)
            yield _fact(n, 4, "application_completed", began + timedelta(days=5), "other", "payout")


def _fact(n: int, k: int, name: str, at: datetime, channel: str, stage: str, **more: str) -> dict[str, Any]:
    told = {"application": f"LN{n}", "journey": "loan_application", "stage": stage, **more}
    return {
        "event_id": f"J{n:03d}{k}", "customer_id": small_bank._number(n), "anonymous_id": None, "occurred_at": at,
        "event_name": name, "channel": channel, "session_id": None, "properties": json.dumps(told),
    }  # fmt: skip


def walk(home: Path) -> None:
    """Adds the applications and the shipped journeys."""
    rows = small_bank._arrow(CONTRACTS["event"], list(_facts()))
    open_house(home).lake.append(CONTRACTS["event"], rows, commit_id="walk")
    shutil.copytree(JOURNEYS, home / "journeys", dirs_exist_ok=True)
