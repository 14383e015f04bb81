"""The small bank with tags, consents and keys, asked over HTTP as a branch device asks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.test import Client

from liuke.lake import Lake
from liuke.tables import CONSENT, CUSTOMER_TAG, SEGMENT_MEMBER
from tests.console import small_bank
from tests.console.conftest import bank_home, bank_rows
from tests.state_rows import Rows, put

__all__ = ["bank_home", "bank_rows"]

DAY = small_bank.last_day()
OF_NJ, OF_HZ, IMPERSONAL, UNSOLD, HUMAN = (small_bank._number(n) for n in (0, 3, 2, 4, 6))
"""Customers of the branches NJ and HZ; without personalisation, without marketing, without automated decisions."""
TAGS = """
group: {zh: 测试, en: Test}
owner: 零售
version: "1"
purpose: PURPOSE
tags:
  PURPOSE_tag:
    name: {zh: 标签, en: PURPOSE tag}
    description: {zh: 说明, en: Description}
    rule: {attribute: risk_appetite, op: not_null}
  PURPOSE_protected:
    name: {zh: 女性, en: Women}
    description: {zh: 说明, en: Description}
    rule: {attribute: gender, value: female}
"""
_REFUSED = ((IMPERSONAL, "personalisation"), (UNSOLD, "marketing"), (HUMAN, "automated_decision"))


@pytest.fixture(scope="session")
def read_home(bank_home: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the small bank's home in which everybody has tags of each purpose and three refused something."""
    home = tmp_path_factory.mktemp("read") / "home"
    shutil.copytree(bank_home[0], home)
    (home / "tags").mkdir()
    for purpose in ("service", "retention", "marketing"):
        (home / "tags" / f"{purpose}.yaml").write_text(TAGS.replace("PURPOSE", purpose), encoding="utf-8")
    lake, people = Lake(home / "lake"), [small_bank._number(n) for n in range(small_bank.PEOPLE)]
    tagged = [
        {"as_of": DAY, "customer_id": who, "tag": f"{purpose}_{what}"}
        for who in people for purpose in ("service", "retention", "marketing") for what in ("tag", "protected", "old")
    ]  # fmt: skip
    lake.replace(CUSTOMER_TAG, pa.Table.from_pylist(tagged, schema=CUSTOMER_TAG.arrow))
    lake.replace(SEGMENT_MEMBER, SEGMENT_MEMBER.arrow.empty_table())
    refused = [
        {"consent_id": f"N{n}", "customer_id": who, "purpose": purpose, "channel": "all", "granted": False,
         "version": None, "effective_at": small_bank._at(DAY - timedelta(days=9), 10)}
        for n, (who, purpose) in enumerate(_REFUSED)
    ]  # fmt: skip
    lake.append(CONSENT, small_bank._arrow(CONSENT, refused), commit_id="test:refused")
    return home


@pytest.fixture
def served(read_home: Path, bank_rows: Rows, settings: Any, db: None, monkeypatch: Any) -> Path:
    """The bank behind the API; its day is read once for all tests and not looked at again."""
    from liuke.api import resident

    settings.HOME = read_home
    monkeypatch.setattr(resident, "LOOK_EVERY", 1e9)
    put(bank_rows)
    return read_home


@pytest.fixture
def own_home(served: Path, settings: Any, tmp_path: Path) -> Path:
    """A copy of the home that a test may change, its day not read yet."""
    settings.HOME = Path(shutil.copytree(served, tmp_path / "home"))
    return tmp_path / "home"


@dataclass
class Device:
    """A system with a key."""

    key: str
    key_id: str
    client: Client

    def ask(self, path: str, **query: str) -> Any:
        return self.client.get(f"/api/v1{path}", query, headers={"authorization": f"Bearer {self.key}"})

    def told(self, path: str, **query: str) -> Any:
        """What a question with an answer brings."""
        answer = self.ask(path, **query)
        assert answer.status_code == 200, answer.content
        return json.loads(answer.content)

    def refused(self, path: str, **query: str) -> tuple[int, str]:
        """Status and code of a question without an answer."""
        answer = self.ask(path, **query)
        assert answer.headers["Content-Type"] == "application/problem+json"
        told = json.loads(answer.content)
        assert told["status"] == answer.status_code
        assert {"type", "title", "detail"} <= told.keys()
        return answer.status_code, told["type"].removeprefix("urn:liuke:problem:")


@pytest.fixture
def device(served: Path) -> Callable[..., Device]:
    """device(branch="NJ", scopes=…): somebody new with such a key."""
    return device_with


def device_with(
    branch: str = "HQ",
    scopes: tuple[str, ...] = ("summary", "shortcuts", "next_best_action", "decision"),
    purposes: tuple[str, ...] = ("service", "retention", "marketing"),
    **more: int,
) -> Device:
    from liuke.state.actions.issue_key import KeyWish, issue_key

    row, text = issue_key(admin(), KeyWish("手机银行", scopes, purposes, branch, **more))
    return Device(text, row.key_id, Client())


def admin() -> Any:
    from django.utils import timezone

    from liuke.govern.access import Scope
    from liuke.state.actions.change_order import Who

    return Who(Scope("root", "admin", frozenset()), timezone.now())
