"""Links as of an offset: read again after a crash, an event finds the customer it found the first time."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.collect.tracking.event import IdentityChange, TrackedEvent
from liuke.streaming.identity_book import IdentityBook

DEVICES, PEOPLE = ("d1", "d2"), ("C1", "C2")
change = st.builds(
    IdentityChange, kind=st.sampled_from(("link", "unlink")), id_type=st.sampled_from(("anonymous", "phone_hash")),
    id_value=st.sampled_from(DEVICES), customer_id=st.one_of(st.none(), st.sampled_from(PEOPLE)), at=st.just(0),
    source=st.just("plain:app"),
)  # fmt: skip


def event(device: str | None, customer: str | None = None) -> TrackedEvent:
    return TrackedEvent("e", "login", 0, 0, customer, device, None, None, {}, "plain:app")


def owners(book: IdentityBook, offset: int) -> list[str | None]:
    found = [(book.named([event(device)], offset) or [event(None)])[0].customer_id for device in DEVICES]
    assert found == [book.owner(device.encode(), offset) for device in DEVICES]
    return found


def plain(batches: list[list[IdentityChange]]) -> list[list[str | None]]:
    """The owners after each batch, the obvious way."""
    now: dict[str, str | None] = dict.fromkeys(DEVICES)
    after = []
    for batch in batches:
        for c in batch:
            if c.id_type != "anonymous":
                continue
            if c.kind == "link":
                now[c.id_value] = c.customer_id or now[c.id_value]
            elif c.customer_id in (None, now[c.id_value]):
                now[c.id_value] = None
        after.append([now[device] for device in DEVICES])
    return after


@settings(max_examples=60, deadline=None)
@given(
    batches=st.lists(st.lists(change, max_size=4), min_size=1, max_size=8),
    crashes=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=3),
)
def test_whatever_is_read_again_every_batch_sees_the_owners_it_saw_first(batches, crashes):
    wanted = plain(batches)
    with tempfile.TemporaryDirectory() as folder:
        book = IdentityBook(Path(folder))
        saved, found = 0, {}
        for upto, checkpoint in [*sorted(crashes), (len(batches), 0)]:
            for offset in range(saved + 1, min(upto, len(batches)) + 1):
                book.apply(batches[offset - 1], offset, saved)
                found.setdefault(offset, []).append(owners(book, offset))
            saved = max(saved, min(checkpoint, upto, len(batches)))
        book.close()
    assert all(seen == wanted[offset - 1] for offset, every in found.items() for seen in every)
    assert len(found) == len(batches)


def test_what_the_client_said_comes_before_the_link_and_strangers_are_left_out(tmp_path):
    book = IdentityBook(tmp_path / "book")
    book.apply([IdentityChange("link", "anonymous", "d1", "C1", 0, "plain:app")], 1, 0)
    found = book.named([event("d1"), event("d1", "C9"), event("d2"), event(None)], 1)
    assert [e.customer_id for e in found] == ["C1", "C9"]
    book.close()
