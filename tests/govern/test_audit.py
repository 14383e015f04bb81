"""The audit chain as pure values."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.govern.anchor import check_log
from liuke.govern.audit import GENESIS, AuditRecord, ChainedRecord, chain_hash

AT = datetime(2026, 11, 22, 1, 2, 3, 4, tzinfo=UTC)


def _chain(records: list[AuditRecord]) -> list[ChainedRecord]:
    rows: list[ChainedRecord] = []
    for n, record in enumerate(records, start=1):
        previous = rows[-1].hash if rows else GENESIS
        rows.append(ChainedRecord(n, record, previous, chain_hash(previous, record)))
    return rows


def first_break(rows: list[ChainedRecord]) -> int | None:
    return check_log(rows, [], "").seq or None


def _record(n: int = 0) -> AuditRecord:
    return AuditRecord(AT, "陆", "rm", "unmask", "customer", f"C{n}", "回访", "::1", {"field": "phone"})


def test_the_hash_of_a_known_record_stays_what_it_was() -> None:
    text = (
        '{"action":"unmask","actor":"陆","address":"::1","at":"2026-11-22T01:02:03.000004+00:00",'
        f'"data":{{"field":"phone"}},"object_id":"C0","object_type":"customer","previous":"{"0" * 64}",'
        '"reason":"回访","role":"rm"}'
    )
    assert chain_hash(GENESIS, _record()) == hashlib.sha256(text.encode()).hexdigest()


def test_the_same_moment_in_another_zone_has_the_same_hash() -> None:
    shanghai = replace(_record(), at=AT.astimezone(timezone(timedelta(hours=8))))
    assert chain_hash(GENESIS, shanghai) == chain_hash(GENESIS, _record())


records = st.builds(
    AuditRecord,
    at=st.datetimes(timezones=st.just(UTC)),
    actor=st.text(max_size=5),
    role=st.text(max_size=5),
    action=st.text(max_size=5),
    reason=st.text(max_size=5),
    data=st.dictionaries(
        st.text(max_size=3), st.text(max_size=3) | st.integers() | st.booleans() | st.none(), max_size=2
    ),
)


@given(st.lists(records, min_size=1, max_size=6), st.data())
def test_any_change_removal_or_swap_is_found(made: list[AuditRecord], data: st.DataObject) -> None:
    rows = _chain(made)
    assert first_break(rows) is None
    at = data.draw(st.integers(0, len(rows) - 1))
    changed = replace(rows[at], record=replace(rows[at].record, actor=rows[at].record.actor + "x"))
    assert first_break([*rows[:at], changed, *rows[at + 1 :]]) == at + 1
    if at < len(rows) - 1:
        assert first_break(rows[:at] + rows[at + 1 :]) == at + 2
        assert first_break([*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :]]) == at + 2


@given(records, records)
def test_two_records_have_one_hash_only_when_they_are_equal(one: AuditRecord, other: AuditRecord) -> None:
    same = chain_hash(GENESIS, one) == chain_hash(GENESIS, other)
    typed = [(k, type(v), v) for r in (one, other) for k, v in sorted(r.data.items())]
    half = len(one.data)
    assert same == (replace(one, data={}) == replace(other, data={}) and typed[:half] == typed[half:])


def test_a_time_without_zone_or_a_float_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        AuditRecord(AT.replace(tzinfo=None), "x", "rm", "login")
    with pytest.raises(TypeError, match="float"):
        AuditRecord(AT, "x", "rm", "login", data={"amount": 1.5})  # type: ignore[dict-item]
