"""Whose device it is, as of an offset of the intake log: anonymous id → the customer it was linked to by then.

The rules see an event of a linked device as the customer's. What the device did before its link is stitched where it is
read (the lake's `identity_link`), not fed to the rules again: an order about last week's search helps nobody.

Kept in LMDB beside the intake log, because it grows with the bank. An id keeps its changes since the last checkpoint
with their offsets: after a crash the batches since are read again, and an event must find the customer that it found
the first time, not one linked later.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

import lmdb
import msgspec

from liuke.act.triggers.kernels.owners import LONGEST_DEVICE
from liuke.collect.tracking.event import ANONYMOUS, IdentityChange, TrackedEvent

Linked: TypeAlias = tuple[int, str | None]
"""From an offset on, whose it is; None for nobody's."""
_MAP_BYTES = 16 << 30
"""Reserved address space, not disk; a link takes about a hundred bytes."""
_ENCODE = msgspec.msgpack.Encoder().encode
_DECODER: msgspec.msgpack.Decoder[list[Linked]] = msgspec.msgpack.Decoder(list[Linked])


class IdentityBook:
    """Links of anonymous ids. One process writes it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._env = lmdb.open(str(folder), map_size=_MAP_BYTES, sync=False)

    def apply(self, changes: Iterable[IdentityChange], offset: int, kept_from: int) -> None:
        """Links and unlinks of the batch at `offset`. kept_from: no batch before it is ever read again."""
        wanted = [change for change in changes if change.id_type == ANONYMOUS and change.id_value]
        if not wanted:
            return
        with self._env.begin(write=True) as txn:
            for change in wanted:
                key = _key(change.id_value)
                before = _history(txn.get(key))
                known = [entry for entry in before if entry[0] < offset]
                own = [entry for entry in before if entry[0] == offset]
                owner = _after(change, _owner(own or known, offset))
                txn.put(key, _ENCODE([*_since(known, kept_from), (offset, owner)]))

    def named(self, events: Iterable[TrackedEvent], offset: int) -> list[TrackedEvent]:
        """The events of the batch at `offset` that are somebody's: as given, or through their device's link."""
        found: list[TrackedEvent] = []
        with self._env.begin() as txn:
            for event in events:
                if event.customer_id:
                    found.append(event)
                elif event.anonymous_id and (owner := _owner(_history(txn.get(_key(event.anonymous_id))), offset)):
                    found.append(msgspec.structs.replace(event, customer_id=owner))
        return found

    def owner(self, device: bytes, offset: int) -> str | None:
        """Whose the device (the first bytes of its id, `Devices`) is for the batch at `offset`; None for nobody's."""
        with self._env.begin() as txn:
            return _owner(_history(txn.get(device)), offset)

    def flush(self) -> None:
        """Puts the links on disk; call it before a position behind them is committed."""
        self._env.sync(True)

    def close(self) -> None:
        """Closes the book."""
        self.flush()
        self._env.close()


def _key(anonymous_id: str) -> bytes:
    return anonymous_id.encode()[:LONGEST_DEVICE]


def _history(value: bytes | None) -> list[Linked]:
    return _DECODER.decode(value) if value else []


def _owner(history: Iterable[Linked], offset: int) -> str | None:
    """Whose it is for the batch at `offset`; the history rises."""
    owner = None
    for since, customer in history:
        if since > offset:
            break
        owner = customer
    return owner


def _after(change: IdentityChange, owner: str | None) -> str | None:
    if change.kind == "link":
        return change.customer_id or owner
    return None if change.customer_id in (None, owner) else owner


def _since(history: list[Linked], kept_from: int) -> list[Linked]:
    """The changes that batches from `kept_from` on may still have to know: the last before it, and all after."""
    before = [entry for entry in history if entry[0] < kept_from]
    return [*before[-1:], *(entry for entry in history if entry[0] >= kept_from)]
