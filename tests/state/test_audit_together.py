from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime

import pytest

from liuke.govern.audit import AuditRecord
from liuke.state import audit_together
from liuke.state.audit import append, verify
from liuke.state.audit_together import Together, append_or_owe, owing
from liuke.state.models import AuditEntry

NOW = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)


def record(name: str) -> AuditRecord:
    return AuditRecord(NOW, name, "api", "api_read")


@pytest.mark.django_db
def test_rows_owed_are_noted_and_all_others_written_at_once() -> None:
    append_or_owe(record("before"))
    with owing() as rows:
        append_or_owe(record("owed"))
        append(record("of another kind"))
    append_or_owe(record("after"))
    assert rows == [record("owed")]
    assert [e.actor for e in AuditEntry.objects.order_by("seq")] == ["before", "of another kind", "after"]
    assert verify() is None


def test_what_a_thread_owes_another_does_not() -> None:
    noted: list[list[AuditRecord]] = []

    def one(name: str) -> None:
        with owing() as rows:
            append_or_owe(record(name))
            noted.append(rows)

    with owing() as mine:
        threads = [threading.Thread(target=one, args=(f"{n}",)) for n in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert mine == []
    assert sorted(row.actor for [row] in noted) == [f"{n}" for n in range(8)]


class Slow:
    """Stands for the database: writes when it is let."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.batches: list[list[str]] = []
        self.begun, self.go_on, self.after = threading.Event(), threading.Event(), 0
        monkeypatch.setattr(audit_together, "append_all", self.write)
        self.together = Together(self.count)

    def count(self) -> None:
        self.after += 1

    def write(self, records: list[AuditRecord]) -> None:
        self.batches.append([each.actor for each in records])
        self.begun.set()
        assert self.go_on.wait(10)

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, 10)


def test_who_comes_during_a_transaction_shares_the_next_and_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(monkeypatch)

    async def all_of_them() -> None:
        first = asyncio.create_task(slow.together.written([record("first")]))
        await slow.has_begun()
        others = [asyncio.create_task(slow.together.written([record(f"{n}"), record(f"{n}+")])) for n in range(3)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in (first, *others))
        slow.go_on.set()
        await asyncio.gather(first, *others)

    asyncio.run(all_of_them())
    assert slow.batches == [["first"], ["0", "0+", "1", "1+", "2", "2+"]]
    assert slow.after == 2


def test_who_hangs_up_is_written_all_the_same_and_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(monkeypatch)

    async def one_goes() -> None:
        gone, stays = (asyncio.create_task(slow.together.written([record(n)])) for n in ("gone", "stays"))
        await slow.has_begun()
        gone.cancel()
        await asyncio.sleep(0)
        slow.go_on.set()
        await asyncio.wait_for(stays, 10)

    asyncio.run(one_goes())
    assert slow.batches == [["gone", "stays"]]


def test_what_keeps_rows_from_being_written_is_told_to_all_who_wait_and_to_nobody_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = Slow(monkeypatch)

    def full(records: list[AuditRecord]) -> None:
        raise OSError("disk full")

    async def two_and_one() -> None:
        monkeypatch.setattr(audit_together, "append_all", full)
        waiting = [slow.together.written([record(name)]) for name in "ab"]
        told = await asyncio.gather(*waiting, return_exceptions=True)
        assert [str(error) for error in told] == ["disk full", "disk full"]
        monkeypatch.setattr(audit_together, "append_all", lambda records: None)
        await slow.together.written([record("c")])

    asyncio.run(two_and_one())
    assert slow.after == 2
