"""From the log's batches to matches: bytes go to the rules as they lie, only changes of identity are decoded.

A device's events are its owner's as of their batch. Batches go in together as long as no device changes hands between
them; what the core remembers of devices is renewed at each such change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

import msgspec

from liuke.act.triggers import Core, Match
from liuke.act.triggers.devices import Devices
from liuke.collect.tracking.event import ANONYMOUS, TrackedEvent, changes_in, decode
from liuke.streaming.identity_book import IdentityBook

Batch: TypeAlias = tuple[int, bytes]
"""Offset in the log, and the document."""
_MOST_BYTES: Final = 4 << 20
"""Documents read together come to about so much at most."""
_FEW: Final = 16
"""Of so many ids it is cheaper to look for the bytes than to decode every batch."""


class Feeding:
    """The core behind the identity book."""

    def __init__(self, core: Core, book: IdentityBook) -> None:
        self.core, self.book = core, book
        self._offset = 0
        self._devices = Devices(lambda device: book.owner(device, self._offset))

    def feed(self, batches: Sequence[Batch], kept_from: int) -> list[Match]:
        """Takes in batches in the order of the log. kept_from: no batch before it is ever read again."""
        changed: dict[int, set[str]] = {}
        for offset, data in batches:
            if changes := changes_in(data):
                self.book.apply(changes, offset, kept_from)
                changed[offset] = {
                    change.id_value for change in changes if change.id_type == ANONYMOUS and change.id_value
                }
        found: list[Match] = []
        for run in _runs(batches, changed):
            self._offset = run[-1][0]
            for device in changed.get(run[0][0], ()):
                self._devices.again(device)
            found += self.core.feed_documents([data for _, data in run], self._devices)
        return found


def _runs(batches: Sequence[Batch], changed: dict[int, set[str]]) -> Iterator[list[Batch]]:
    """Batches that go in together: a new run begins where a device changes hands, and when one is large."""
    run, size = list[Batch](), 0
    for offset, data in batches:
        if run and (changed.get(offset) or size + len(data) > _MOST_BYTES):
            yield run
            run, size = [], 0
        run.append((offset, data))
        size += len(data)
    if run:
        yield run


def events_of(matches: Iterable[Match], batches: Iterable[bytes]) -> list[TrackedEvent]:
    """Those events of the batches that made the matches."""
    wanted = {event_id for match in matches for event_id in match.evidence}
    likely = batches
    if len(wanted) <= _FEW:
        written = [msgspec.json.encode(event_id) for event_id in wanted]
        likely = (data for data in batches if any(text in data for text in written))
    return [event for data in likely for event in decode(data).events if event.event_id in wanted]
