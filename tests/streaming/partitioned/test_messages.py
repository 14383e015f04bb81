"""What is put into the topic comes out of it, each customer in one partition and in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from liuke.collect.tracking.event import TrackedEvent, decode
from liuke.streaming.partitioned.messages import (
    NOTHING,
    Message,
    Place,
    clock_header,
    inside,
    log_header,
    packed,
    partition_of,
    read,
    together,
)


def event(number: int, customer: str) -> TrackedEvent:
    return TrackedEvent(
        f"e{number}", "搜索", number, number, customer, None, "app", None, {"k": "提前还款"}, "plain:app"
    )


@given(st.lists(st.text(min_size=1, max_size=4), max_size=40), st.integers(1, 12), st.integers(100, 2_000))
def test_every_event_is_in_its_customers_partition_in_order_and_no_message_is_too_large(customers, partitions, largest):
    events = [event(n, customer) for n, customer in enumerate(customers)]
    found: dict[str, list[TrackedEvent]] = {}
    parts: dict[int, list[int]] = {}
    for partition, part, value in packed(events, partitions, largest):
        assert len(value) <= largest + 20
        parts.setdefault(partition, []).append(part)
        for each in decode(value).events:
            assert partition == partition_of(each.customer_id or "", partitions)
            found.setdefault(each.customer_id or "", []).append(each)
    assert found == {c: [e for e in events if e.customer_id == c] for c in customers}
    assert all(numbers == list(range(len(numbers))) for numbers in parts.values())


def test_headers_are_read_back_and_what_somebody_else_wrote_is_known_for_it():
    [(_, _, value)] = packed([event(1, "C1")], 1)
    place = Place("a1b2", 17, 2)
    assert read(5, value, [log_header(place)]) == Message(5, value, place)
    assert read(6, NOTHING, [clock_header(99)]) == Message(6, NOTHING, clock=99)
    for headers in (None, [], [("log", b"a1b2/x/2")], [("log", b"a1b2")], [("clock", b"soon")]):
        assert read(7, value, headers) == Message(7, value)
    assert read(8, b'{"name": "a"}', [log_header(place)]) == Message(8, b'{"name": "a"}')
    assert read(9, None, None) == Message(9, b"")


def test_documents_are_put_together_as_one():
    one, two = (value for n in (1, 2) for _, _, value in packed([event(n, "C1")], 1))
    assert decode(together([inside(one), inside(two)])).events == [event(1, "C1"), event(2, "C1")]
