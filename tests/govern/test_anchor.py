"""Anchors of the audit log: what the chain alone cannot show."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.errors import YourMistake
from liuke.govern.anchor import FIRST_SEAL, Anchor, check_log, read_anchors, sealed
from liuke.govern.audit import GENESIS, AuditRecord, ChainedRecord, chain_hash, false_line, read_record, record_line

AT = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
KEY = "a key"


def _chain(actors: list[str], after: list[ChainedRecord] | None = None) -> list[ChainedRecord]:
    """Rows that follow `after`; all chained as they must be."""
    rows = list(after or [])
    for actor in actors:
        previous = rows[-1].hash if rows else GENESIS
        record = AuditRecord(AT + timedelta(seconds=len(rows)), actor, "rm", "view_customer", "customer", "C1")
        rows.append(ChainedRecord(len(rows) + 1, record, previous, chain_hash(previous, record)))
    return rows


def _anchored(rows: list[ChainedRecord], *places: int, key: str = KEY) -> list[Anchor]:
    made: list[Anchor] = []
    for seq in places:
        made.append(sealed(seq, rows[seq - 1].hash, AT, made[-1].seal if made else FIRST_SEAL, key))
    return made


ROWS = _chain(list("abcdef"))


def test_a_whole_log_fits_its_anchors() -> None:
    verdict = check_log(ROWS, _anchored(ROWS, 2, 5), KEY)
    assert (verdict.failure, verdict.rows, verdict.newest) == (None, 6, ROWS[-1].hash)
    assert (verdict.anchors, verdict.anchored_seq, verdict.anchored_at) == (2, 5, AT)


def test_an_empty_log_is_whole() -> None:
    assert check_log([], [], KEY).failure is None


def test_rows_cut_off_at_the_end_are_missed() -> None:
    verdict = check_log(ROWS[:3], _anchored(ROWS, 2, 5), KEY)
    assert (verdict.failure, verdict.seq, verdict.anchored_seq) == ("cut", 4, 5)


def test_a_chain_worked_out_anew_is_told_between_which_anchors_it_began() -> None:
    forged = _chain(["x", "d", "e", "f"], ROWS[:2])
    verdict = check_log(forged, _anchored(ROWS, 1, 2, 4, 6), KEY)
    assert (verdict.failure, verdict.after, verdict.seq) == ("rewritten", 2, 4)


def test_a_row_that_breaks_the_chain_is_named_itself() -> None:
    changed = replace(ROWS[2], record=replace(ROWS[2].record, actor="x"))
    assert check_log([*ROWS[:2], changed, *ROWS[3:]], _anchored(ROWS, 5), KEY).seq == 3


@pytest.mark.parametrize("spoil", [
    lambda made: [replace(made[0], at=AT + timedelta(days=1)), made[1]],
    lambda made: made[1:],
    lambda made: [replace(made[0], seal="0" * 64), made[1]],
])  # fmt: skip
def test_an_anchor_changed_or_taken_out_breaks_the_seals(spoil) -> None:  # type: ignore[no-untyped-def]
    assert check_log(ROWS, spoil(_anchored(ROWS, 2, 5)), KEY).failure == "seal"


def test_anchors_of_another_key_prove_nothing() -> None:
    assert check_log(ROWS, _anchored(ROWS, 2, 5, key="forged"), KEY).failure == "seal"


@given(st.sets(st.integers(1, 6)), st.integers(0, 5), st.sampled_from("xyz"))
def test_whatever_is_forged_up_to_an_anchor_is_found(places: set[int], at: int, actor: str) -> None:
    forged = _chain([actor, *(row.record.actor for row in ROWS[at + 1 :])], ROWS[:at])
    verdict = check_log(forged, _anchored(ROWS, *sorted(places)), KEY)
    assert (verdict.failure == "rewritten") == any(seq > at for seq in places)


def test_a_file_keeps_what_was_anchored_and_a_damaged_line_is_named() -> None:
    made = _anchored(ROWS, 2, 5)
    text = "".join(anchor.line() + "\n" for anchor in made)
    assert read_anchors(text, "f") == made
    with pytest.raises(YourMistake) as told:
        read_anchors(text[:-20], "anchors.jsonl")
    assert str(told.value.place) == "anchors.jsonl:2"


def test_a_row_written_as_a_line_is_read_as_the_same_row() -> None:
    data = {"n": 1, "list": ["a"], "none": None}
    record = AuditRecord(AT, "陆", "rm", "unmask", "customer", "C1", "回访", "::1", data)
    row = ChainedRecord(1, record, GENESIS, chain_hash(GENESIS, record))
    assert read_record(record_line(row)) == row


@pytest.mark.parametrize("line", ["", "[]", "{}", "nonsense", '{"seq":1,"hash":"","previous_hash":"","at":"x"}'])
def test_a_line_that_is_no_row_is_refused(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the caller names the line
        read_record(line)


def test_a_file_with_rows_left_out_is_sound_and_one_with_a_row_changed_is_not() -> None:
    assert false_line([ROWS[1], ROWS[2], ROWS[5]]) is None
    assert false_line([ROWS[2], ROWS[1]]) == 2
    changed = replace(ROWS[2], record=replace(ROWS[2].record, reason="x"))
    assert false_line([ROWS[1], changed]) == 3
    forged = _chain(["x"], ROWS[:2])[-1]
    assert false_line([ROWS[1], replace(forged, previous_hash="1" * 64), ROWS[3]]) == 3
