"""The audit log on the state database."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction

from liuke.errors import YourMistake
from liuke.govern.audit import GENESIS, AuditRecord
from liuke.state.audit import append, verify
from liuke.state.models import AuditEntry

from .conftest import NOW


def _record(n: int) -> AuditRecord:
    data = {"字段": "手机", "n": n, "none": None, "yes": True, "list": ["a", "b"]}
    return AuditRecord(NOW + timedelta(microseconds=n), "陆晓楠", "rm", "unmask", "customer", "C1", "回访", "::1", data)


@pytest.fixture
def log(db: None) -> None:
    for n in range(5):
        append(_record(n))


def test_rows_are_numbered_without_gaps_and_chained(log: None) -> None:
    rows = list(AuditEntry.objects.order_by("seq"))
    assert [r.seq for r in rows] == [1, 2, 3, 4, 5]
    assert [r.previous_hash for r in rows] == [GENESIS, *(r.hash for r in rows[:-1])]
    assert verify() is None


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE state_auditentry SET reason = 'x' WHERE seq = 3", 3),
        ("UPDATE state_auditentry SET data = '{}' WHERE seq = 2", 2),
        ("UPDATE state_auditentry SET actor = 'somebody else' WHERE seq = 5", 5),
        ("DELETE FROM state_auditentry WHERE seq = 3", 4),
        ("DELETE FROM state_auditentry WHERE seq = 1", 2),
    ],
)
def test_a_row_changed_behind_our_back_is_found(log: None, statement: str, broken: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert verify() == broken


@pytest.mark.parametrize(
    "attack",
    [
        lambda: AuditEntry.objects.get(seq=1).delete(),
        lambda: AuditEntry.objects.all().delete(),
        lambda: AuditEntry.objects.filter(seq=1).update(reason=""),
        lambda: AuditEntry.objects.get(seq=1).save(),
    ],
)
def test_the_model_refuses_to_change_or_remove_rows(log: None, attack: Callable[[], object]) -> None:
    with pytest.raises(YourMistake, match="never changed"):
        attack()
    assert AuditEntry.objects.count() == 5


def _append_and_fail() -> None:
    with transaction.atomic():
        append(_record(9))
        raise RuntimeError


def test_what_is_rolled_back_leaves_no_audit_row(log: None) -> None:
    with pytest.raises(RuntimeError):
        _append_and_fail()
    append(_record(10))
    assert AuditEntry.objects.count() == 6
    assert verify() is None
