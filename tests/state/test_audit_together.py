from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from liuke.govern.audit import AuditRecord
from liuke.state import audit_together
from liuke.state.audit import append, verify
from liuke.state.audit_together import Together
from liuke.state.models import AuditEntry

NOW = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)


def record(name: str) -> AuditRecord:
    return AuditRecord(NOW, name, "api", "api_read")


@pytest.mark.django_db
def test_rows_written_together_and_alone_are_one_chain() -> None:
    together = Together()
    append(record("a"))
    together.append(record("b"))
    append(record("c"))
    assert list(AuditEntry.objects.order_by("seq").values_list("seq", "actor")) == [(1, "a"), (2, "b"), (3, "c")]
    assert verify() is None


def test_who_comes_while_somebody_writes_is_written_by_the_next_at_once_and_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first writer is held up until ten more have come: they are written by one of them, all at once."""
    batches: list[list[str]] = []
    begun, go_on = threading.Event(), threading.Event()

    def write(records: list[AuditRecord]) -> None:
        batches.append([each.actor for each in records])
        begun.set()
        assert go_on.wait(10)

    monkeypatch.setattr(audit_together, "append_all", write)
    together, returned = Together(), list[str]()

    def one(name: str) -> None:
        together.append(record(name))
        assert any(name in batch for batch in batches)
        returned.append(name)

    first = threading.Thread(target=one, args=("first",))
    first.start()
    assert begun.wait(10)
    others = [threading.Thread(target=one, args=(f"{n}",)) for n in range(10)]
    for each in others:
        each.start()
    while len(together._waiting) < 10:
        assert not returned
    go_on.set()
    for each in (first, *others):
        each.join(10)
    assert batches[0] == ["first"]
    assert sorted(batches[1]) == sorted(f"{n}" for n in range(10))
    assert len(batches) == 2
    assert len(returned) == 11


def test_what_keeps_a_row_from_being_written_is_told_to_everybody_who_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(records: list[AuditRecord]) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(audit_together, "append_all", write)
    together = Together()
    with pytest.raises(OSError, match="disk full"):
        together.append(record("a"))
    monkeypatch.setattr(audit_together, "append_all", lambda records: None)
    together.append(record("b"))


def test_everybody_who_waits_has_his_turn_while_others_keep_coming(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six threads write one row after the other; nobody is written later than in the batch after the one running."""
    running, batches = threading.Lock(), list[int]()

    def write(records: list[AuditRecord]) -> None:
        assert running.acquire(blocking=False)  # one at a time
        batches.append(len(records))
        running.release()

    monkeypatch.setattr(audit_together, "append_all", write)
    together, waited = Together(), list[int]()

    def keep_coming() -> None:
        for _ in range(200):
            before = len(batches)
            together.append(record("a"))
            waited.append(len(batches) - before)

    threads = [threading.Thread(target=keep_coming) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert sum(batches) == len(waited) == 1200
    assert not together._busy
    assert together._waiting == []
