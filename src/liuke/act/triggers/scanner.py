"""The quick way from a batch document to columns: compiled reading of bytes, Python only for texts not seen before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from liuke.act.triggers.devices import NOBODY, Devices
from liuke.act.triggers.kernels.layout import Batch
from liuke.act.triggers.kernels.outline import outline
from liuke.act.triggers.kernels.scanning import (
    ASKED,
    BEGINS,
    COUNTS,
    DOCUMENTS,
    GAVE_UP,
    HAS_ASKED,
    READ,
    USED,
    W_COLUMNS,
    WHOSE,
    Scanned,
    Wanted,
    index_names,
    scan,
)
from liuke.act.triggers.kernels.vectors import LANES
from liuke.act.triggers.lowering import Field

_SHORTEST: Final = 48
"""Bytes of the shortest event; so many fit into a document at most."""
_BRACKETS: Final = 8
"""Square brackets outside of strings for each of so many events, at most."""
_LARGEST: Final = 1 << 31
"""Bytes; places are counted in 32 bits."""
_KNOWN: Final = 1 << 17
_ASKED: Final = 1 << 12
Reader = Callable[[list[Any]], Any]


class Scanner:
    """For one rule set. names: numbers of event names; fields: of each name, with how a column of theirs is read."""

    def __init__(self, names: dict[str, int], fields: Sequence[Sequence[tuple[Field, Reader]]]) -> None:
        self._readers = [reader for group in fields for _, reader in group]
        self._widest = max((len(group) for group in fields), default=0)
        self._wanted = _wanted(names, fields)
        self._room: Scanned | None = None
        self._answers = 0

    def read(self, data: bytes, documents: int = 1, devices: Devices | None = None) -> Batch | None:
        """The columns, in room that the next call uses again; None when the batch has to be read the slow way.

        data: so many documents, each ended by a line feed; of one it may be missing.
        """
        if not data.startswith(BEGINS) or not len(BEGINS) < len(data) < _LARGEST:
            return None
        text, events = np.frombuffer(data, np.uint8), len(data) // _SHORTEST + 16
        room = self._made(events)
        brackets = outline(text, room.tail, room.brackets)
        if brackets < 0:  # not UTF-8, as JSON must be, or more brackets than there is room for
            return None
        if devices:
            devices.make_room(events, len(data))
        owners = devices.owners if devices else NOBODY
        room.counts[:] = (1, 0, 0, len(BEGINS), 0, 1, brackets)  # the first bracket is that of the events
        size = scan(text, self._wanted, room, owners)
        while size == HAS_ASKED:
            self._answer(data, room, devices)
            room.counts[USED], room.counts[ASKED] = room.value_start[room.counts[READ]], 0
            size = scan(text, self._wanted, room, owners)
        if size == GAVE_UP or room.counts[DOCUMENTS] != documents:
            return None
        self._answer(data, room, devices)
        return Batch(
            room.name[:size], room.occurred[:size], room.received[:size], text, room.id_start[:size],
            room.id_end[:size], text, room.customer_start[:size], room.customer_end[:size], owners.texts, room.values,
            room.value_start[:size],
        )  # fmt: skip

    def _answer(self, data: bytes, room: Scanned, devices: Devices | None) -> None:
        """Gives the answers the loops did not know, and remembers them by the token's hash."""
        asked = room.asked[: room.counts[ASKED]].tolist()
        if self._answers + len(asked) > _KNOWN // 2:
            room.known[:] = 0
            self._answers = 0
        fresh: dict[int, float] = {}
        for slot, row, start, end, place in asked:
            if row == WHOSE:
                assert devices is not None
                at = devices.learn(data[start:end]) + 1
                room.customer_start[slot] = -at
                room.customer_end[slot] = -(at + int(devices.owners.texts[at - 1]))
                continue
            if place not in fresh:
                fresh[place] = float(self._readers[row]([msgspec.json.decode(data[start:end])])[0])
                self._keep(room, place, fresh[place])
            if np.isposinf(room.values[slot]):
                room.values[slot] = fresh[place]

    def _keep(self, room: Scanned, place: int, value: float) -> None:
        at = place & (_KNOWN - 1)
        while room.known[at] not in (0, place):
            at = (at + 1) & (_KNOWN - 1)
        self._answers += int(room.known[at] == 0)
        room.known[at], room.answers[at] = place, value

    def _made(self, events: int) -> Scanned:
        """Room for so many events, what was remembered going on."""
        old = self._room
        if old is None or old.name.size < events:
            c = np.zeros((8, events), np.int64)
            self._room = Scanned(
                c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], np.zeros(1 + events * self._widest),
                np.zeros(_KNOWN, np.int64) if old is None else old.known,
                np.zeros(_KNOWN) if old is None else old.answers,
                np.zeros((_ASKED, 5), np.int64), np.zeros(COUNTS, np.int64),
                np.empty(2 * LANES + events * _BRACKETS, np.int32), np.empty(LANES, np.uint8),
            )  # fmt: skip
        assert self._room is not None
        return self._room


def _wanted(names: dict[str, int], fields: Sequence[Sequence[tuple[Field, Reader]]]) -> Wanted:
    written = [name.encode() for name, _ in sorted(names.items(), key=lambda item: item[1])]
    keys = [f.name.encode() for group in fields for f, _ in group]
    key_end = np.cumsum([0, *map(len, keys)])
    rows = [
        [0, 0, int(f.use == "number"), slot, int(f.name == "channel")]
        for group in fields
        for slot, (f, _) in enumerate(group)
    ]
    made = np.array(rows, np.int64).reshape(len(rows), W_COLUMNS) if rows else np.zeros((1, W_COLUMNS), np.int64)
    if rows:
        made[:, 0], made[:, 1] = key_end[:-1], key_end[1:]
    wanted = Wanted(
        likely=np.zeros(4096, np.bool_),
        table=np.zeros(1 << max(4, (4 * len(written)).bit_length()), np.int64),
        names=np.frombuffer(b"".join(written) or b"\0", np.uint8),
        name_start=np.cumsum([0, *map(len, written)]).astype(np.int64),
        by_name=np.cumsum([0, *map(len, fields)]).astype(np.int64),
        rows=made,
        keys=np.frombuffer(b"".join(keys) or b"\0", np.uint8),
        missing=np.array([reader([None])[0] for group in fields for _, reader in group] or [0.0], np.float64),
        powers=10.0 ** np.arange(23),
    )
    index_names(wanted)
    return wanted
