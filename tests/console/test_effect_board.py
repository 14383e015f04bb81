"""The board is kept until a table or policy it is made from changes, and not longer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache

from liuke.console.reading import effect_board, lend
from liuke.console.reading.lending import Reader
from liuke.govern.access import Scope
from liuke.tables import ACCOUNT, BALANCE_DAILY, CUSTOMER_SNAPSHOT, OUTCOME, TRANSACTION, Table

BANK = Scope("all", "analyst", None)


@pytest.fixture
def reader(bank: Path) -> Iterator[Reader]:
    cache.clear()
    with lend() as lent:
        yield lent
    cache.clear()


def _made(reader: Reader, scope: Scope = BANK) -> bool:
    """Whether the board had to be made, rather than being kept."""
    calls: list[int] = []
    effect_board._kept(reader, scope, "board", lambda: calls.append(1))  # type: ignore[arg-type, return-value]
    effect_board._kept(reader, scope, "board", lambda: "kept")  # type: ignore[arg-type, return-value]
    return bool(calls)


@pytest.fixture
def kept(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> Reader:
    effect_board._kept(reader, BANK, "board", lambda: "first")  # type: ignore[arg-type, return-value]
    assert not _made(reader)
    return reader


@pytest.mark.parametrize(
    "table", [CUSTOMER_SNAPSHOT, TRANSACTION, BALANCE_DAILY, ACCOUNT, OUTCOME], ids=lambda t: t.name
)
def test_a_new_version_of_a_table_it_reads_makes_the_board_anew(kept: Reader, table: Table) -> None:
    lake = kept.house.lake
    lake.replace(table, kept.engine.arrow(lake.scan(kept.engine, table)))
    assert _made(kept)


@pytest.mark.parametrize(
    ("policy", "content"),
    [("loop", "holdout_share: 0.3\ncool_down_days: 61\n"), ("outcome", "keep_share: 0.8\n")],
)
def test_a_policy_edited_makes_the_board_anew_and_edited_back_finds_the_old_one(
    kept: Reader, policy: str, content: str
) -> None:
    path = kept.house.policy(policy)
    before = path.read_bytes() if path.exists() else None
    try:
        path.write_text(content, encoding="utf-8")
        assert _made(kept)
    finally:
        path.unlink() if before is None else path.write_bytes(before)
    assert not _made(kept)


def test_each_scope_has_its_own_board(kept: Reader) -> None:
    assert _made(kept, Scope("head", "branch_head", frozenset({"NJ"})))
