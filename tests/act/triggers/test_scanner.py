"""The quick way from bytes to columns gives what the slow way gives, or leaves the batch to it."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import msgspec
import numpy as np
import pytest
from hypothesis import given

from liuke.act.triggers.decode import Decoder
from liuke.act.triggers.event import Event
from liuke.act.triggers.kernels.layout import Batch
from liuke.act.triggers.kernels.outline import NOT_UTF8, TOO_MANY, outline
from liuke.act.triggers.kernels.vectors import LANES
from liuke.act.triggers.lowering import lower
from liuke.act.triggers.reference import AHEAD, LATENESS
from liuke.act.triggers.ruleset import Rule, parse_trigger, rule_set
from tests.act.triggers.random_rules import VOCABULARY, rules, streams
from tests.act.triggers.stories import HEAD, ZONE
from tests.act.triggers.test_core_oracle import EXAMPLES, array

NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**20), 10**20),
    st.decimals(-999, 999, places=2).map(float),
)  # fmt: skip
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        NUMBERS,
        st.text(max_size=8),
        st.just('"\\/\n'),
        st.just("12.5"),
        st.text("ab[]{},:客", min_size=50, max_size=200),
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
KEYS = st.one_of(st.sampled_from(["x", "k", "f", "channel"]), st.text(max_size=3))


def decoder_of(made: list[Rule]) -> Decoder:
    together = rule_set(made, VOCABULARY)
    slots = list(together.rules.values())
    return Decoder(lower(together, slots, ZONE, lateness=LATENESS, ahead=AHEAD).reading)


def rows(batch: Batch, widths: list[int]) -> list[tuple[Any, ...]]:
    """Each event as values that can be compared; NaN as None."""
    found = []
    for i, name in enumerate(batch.name.tolist()):
        if name < 0:
            found.append((name, int(batch.received[i])))
            continue
        start = int(batch.value_start[i])
        numbers = [None if np.isnan(v) else float(v) for v in batch.values[start : start + widths[name]]]
        texts = (
            bytes(batch.id_text[batch.id_start[i] : batch.id_end[i]]),
            bytes(batch.customer_text[batch.customer_start[i] : batch.customer_end[i]]),
        )
        found.append((name, int(batch.occurred[i]), int(batch.received[i]), *texts, *numbers))
    return found


def document(events: list[Event]) -> bytes:
    return msgspec.json.encode({"events": [array(e) for e in events], "changes": [], "rejected": []})


@EXAMPLES
@given(
    st.lists(rules(), min_size=1, max_size=1), streams(),
    st.lists(st.dictionaries(KEYS, VALUES, max_size=4), min_size=1), st.lists(st.text(max_size=50), min_size=1),
)  # fmt: skip
def test_both_ways_give_the_same_columns(
    made: list[Rule], events: list[Event], properties: list[dict[str, Any]], texts: list[str]
) -> None:
    decoder = decoder_of(made)
    widths = [len(group) for group in decoder._columns._fields]
    odd = [
        Event(texts[i % len(texts)], e.name, e.occurred_at, e.received_at, e.customer_id,
              properties[i % len(properties)], texts[-1])
        for i, e in enumerate(events)
    ]  # fmt: skip
    for these in (events, odd):
        data = document(these)
        slow = rows(decoder.slowly(data), widths)
        for _ in range(2):  # the second time with answers remembered
            quick = decoder._scanner.read(data)
            assert quick is not None or these is odd
            assert quick is None or rows(quick, widths) == slow


def outlined(data: bytes, room: int) -> tuple[int, list[int]]:
    """What `outline` gives, and the places it wrote."""
    places = np.empty(2 * LANES + room, np.int32)
    found = outline(np.frombuffer(data, np.uint8), np.empty(LANES, np.uint8), places)
    return found, places[: max(0, found)].tolist()


def is_utf8(data: bytes) -> bool:
    return outlined(data, len(data))[0] != NOT_UTF8


def brackets_of(data: bytes) -> list[int]:
    """Where square brackets stand outside of strings, looked for one byte after the other."""
    found, inside, at = [], False, 0
    while at < len(data):
        if data[at] == ord("\\"):
            at += 1
        elif data[at] == ord('"'):
            inside = not inside
        elif not inside and data[at] in b"[]":
            found.append(at)
        at += 1
    return found


@EXAMPLES
@given(st.lists(VALUES, max_size=8), st.integers(0, 70))
def test_the_outline_is_every_square_bracket_outside_of_strings(values: list[Any], blanks: int) -> None:
    data = b" " * blanks + msgspec.json.encode([values, "\\" * blanks, '[\\"]' * blanks, values])
    wanted = brackets_of(data)
    assert outlined(data, len(data)) == (len(wanted), wanted)


def test_more_brackets_than_there_is_room_for_are_told() -> None:
    assert outlined(b"[" * 500 + b"]" * 500, 300)[0] == TOO_MANY
    assert outlined(b"[" * 500 + b"]" * 500, 1_000)[0] == 1_000


def test_a_long_text_is_outlined_from_end_to_end() -> None:
    data = msgspec.json.encode([["]", "\\" * (n % 5), {"文": [n]}, "客" * (n % 70)] for n in range(3_000)])
    wanted = brackets_of(data)
    assert outlined(data, len(data)) == (len(wanted), wanted)


def test_what_is_no_utf8_anywhere_is_left_to_the_slow_way() -> None:
    decoder = decoder_of([_rule()])
    data = document([Event(f"e{i}", "a", 10**15, 10**15, "C1", {"x": 1.5, "k": f"u{i}"}, "app") for i in range(900)])
    for at in (data.index(b"u899"), data.index(b"u3"), len(data) - 3):
        assert decoder._scanner.read(data[:at] + b"\xff" + data[at + 1 :]) is None


@EXAMPLES
@given(st.lists(st.one_of(st.binary(max_size=5), st.text(max_size=5).map(str.encode), st.integers(0, 70).map(bytes))))
def test_utf8_is_told_from_what_is_not(parts: list[bytes]) -> None:
    data = b"".join(parts)
    try:
        data.decode()
    except UnicodeDecodeError:
        assert not is_utf8(data)
    else:
        assert not data or is_utf8(data)


@pytest.mark.parametrize("first", range(128, 256))
def test_utf8_is_told_for_every_beginning_of_a_character(first: int) -> None:
    for second in range(0, 256, 3):
        for rest in (b"", b"\x80", b"\x80\x80", b"\xbf\xbf\xbf", b"a"):
            data = b" " * 70 + bytes([first, second]) + rest + b" " * 70
            try:
                data.decode()
                wanted = True
            except UnicodeDecodeError:
                wanted = False
            assert is_utf8(data) == wanted, data.strip()


def test_a_document_cut_anywhere_is_left_to_the_slow_way() -> None:
    decoder = decoder_of([_rule()])
    data = document([Event(f"e{i}", "a", 10**15, 10**15, "C1", {"x": 1.5, "k": "u"}, "app") for i in range(3)])
    whole = data.index(b'],"changes"')
    for end in range(len(data)):
        quick = decoder._scanner.read(data[:end])
        assert quick is None or end > whole, data[:end]
    with pytest.raises(msgspec.DecodeError):
        decoder.batch(data[:40])


def _rule() -> Rule:

    where = "[{property: x, op: '>', value: 1}, {property: k, value: u}]"
    return parse_trigger(HEAD + f"condition: {{sum: a, of: x, where: {where}, at_least: 1, within: 1d}}\n", VOCABULARY)


def test_more_new_texts_than_can_be_asked_about_at_once_are_read_in_turns() -> None:
    decoder = decoder_of([_rule()])
    events = [
        Event(f"e{i}", "a", 10**15, 10**15, "C1", {"x": i + 0.1, "k": f"k{i}" if i % 7 else "u"}) for i in range(20_000)
    ]
    data = document(events)
    quick = decoder._scanner.read(data)
    assert quick is not None
    widths = [len(group) for group in decoder._columns._fields]
    assert rows(quick, widths) == rows(decoder.slowly(data), widths)


def test_an_event_nobody_reads_is_passed_over_whatever_it_holds() -> None:
    decoder = decoder_of([_rule()])
    odd = {"[": [["]", {"a": [1, "\\"]}], '"]'], "文": "字" * 90}
    events = [
        Event(f"e{i}", "z" if i % 3 else "a", 10**15 + i, 10**15 + i, "C1", odd if i % 2 else {"x": 2}, "app")
        for i in range(300)
    ]
    data = document(events)
    quick = decoder._scanner.read(data)
    assert quick is not None
    widths = [len(group) for group in decoder._columns._fields]
    assert rows(quick, widths) == rows(decoder.slowly(data), widths)
