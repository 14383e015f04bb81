"""Texts numbered in the order in which they first come: compiled loops over Arrow's own memory, no object per text.

A text is known again by 96 bits of two multiplicative hashes (Knuth, TAOCP 3, 6.4): that any two of a hundred million
texts are taken for one has a probability below 10 ** -12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from liuke.engine.compiled import allocating, alone, kernel

_U = np.uint64
_A: Final = _U(0x9E3779B97F4A7C15)
_B: Final = _U(0xD6E8FEB86659FD93)
_ONE, _BYTE, _WORD, _AWAY, _SHARE, _HALF = _U(1), _U(8), _U(8), _U(20), _U(29), _U(32)
_NUMBER: Final = _U(2**32 - 1)
_NONE: Final = _U(0)
_BEGIN: Final = 1 << 12


@dataclass(frozen=True, slots=True)
class Hashed:
    """A column of texts. offsets, data: as Arrow has them. hashes: two of 64 bits for each."""

    offsets: Any
    data: Any
    hashes: Any

    def of_share(self, share: int, shares: int) -> Any:
        """Where those of this share of all texts stand (int32). Texts fall to shares by their hash."""
        places = np.empty(len(self.hashes), np.int32)
        return places[: _pick(self.hashes, share, shares, places)]


def hashed(column: pa.Array) -> Hashed:
    """Of a column without nulls, or in which a null may count as the empty text."""
    texts = column.cast(pa.string())
    _, offsets, data = texts.buffers()
    found = _read_only(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    hashes = np.empty((len(texts), 2), np.uint64)
    held = _read_only(data, np.uint8)
    _hash(found, held, hashes)
    return Hashed(found, held, hashes)


def hashed_rows(columns: Sequence[pa.Array]) -> Hashed:
    """Rows of several columns, texts and whole numbers, as if each were one text; null differs from everything else.

    What `Numbered` then says is the number of such a row; as texts these are empty.
    """
    rows = len(columns[0])
    hashes = np.zeros((rows, 2), np.uint64)
    for column in columns:
        nulls = np.asarray(column.is_null())
        if pa.types.is_integer(column.type):
            _mix_numbers(hashes, column.fill_null(0).to_numpy().astype(np.uint64), nulls)
        else:
            _mix(hashes, hashed(column).hashes, nulls)
    return Hashed(np.zeros(rows + 1, np.int32), np.zeros(8, np.uint8), hashes)


class Numbered:
    """The texts that came."""

    def __init__(self) -> None:
        self._known = _Known(
            np.zeros((_BEGIN, 2), np.uint64), np.zeros(_BEGIN, np.int64), np.empty(16 * _BEGIN, np.uint8), 0
        )

    def __len__(self) -> int:
        return self._known.many

    @property
    def held(self) -> tuple[Any, Any]:
        """Text number k lies in the second from the first's k to its k + 1."""
        return self._known.ends, self._known.text

    def of(self, texts: Hashed, places: Any) -> Any:
        """The number of each text that stands at these places (int32, from 0)."""
        numbers = np.empty(len(places), np.int32)
        self._known = _number(self._known, texts.offsets, texts.data, texts.hashes, places, numbers)
        return numbers

    def known(self, texts: Hashed, places: Any) -> Any:
        """Likewise the numbers of those that came before, -1 for any other."""
        numbers = np.empty(len(places), np.int32)
        _look_up(self._known, texts.hashes, places, numbers)
        return numbers

    def texts(self, low: int = 0, high: int | None = None) -> pa.Array:
        """Those with numbers from `low` to before `high`."""
        high = len(self) if high is None else high
        ends = pa.py_buffer(self._known.ends[low : high + 1])
        return pa.LargeStringArray.from_buffers(high - low, ends, pa.py_buffer(self._known.text))


def _read_only(buffer: pa.Buffer | None, kind: type[np.generic]) -> Any:
    """Of one kind to the compiled loops, whoever made the buffer; there is none where all texts are empty."""
    found = np.frombuffer(buffer if buffer is not None and buffer.size else bytes(8), kind)
    found.flags.writeable = False
    return found


class _Known(NamedTuple):
    """places: open hash table, a power of two at most half full: a hash, and half of the other with the number + 1
    below, 0 for none. ends: of text number k in `text`, from ends[k] to ends[k + 1].
    """

    places: Any
    ends: Any
    text: Any
    many: int


@kernel
def _word(data: Any, at: Any) -> Any:
    """Eight bytes at once, the first one lowest."""
    word = _U(data[at])
    for k in range(1, 8):
        word |= _U(data[at + _U(k)]) << _U(8 * k)
    return word


@allocating
def _hash(offsets: Any, data: Any, hashes: Any) -> None:
    for i in range(len(hashes)):
        at, end = _U(offsets[i]), _U(offsets[i + 1])
        one = other = (end - at) * _B
        while at < end:
            if at + _WORD <= end:
                word = _word(data, at)
                at += _WORD
            else:
                word = _U(0)
                while at < end:
                    word = word << _BYTE | _U(data[at])
                    at += _ONE
            one = (one ^ word) * _A
            one ^= one >> _SHARE
            other = (other + word) * _B
            other ^= other >> _HALF
        hashes[i, 0], hashes[i, 1] = one, other


@allocating
def _mix(hashes: Any, more: Any, nulls: Any) -> None:
    for i in range(len(hashes)):
        one, other = (_A, _B) if nulls[i] else (more[i, 0], more[i, 1])
        hashes[i, 0] = ((hashes[i, 0] ^ hashes[i, 0] >> _SHARE) * _B + one) * _A
        hashes[i, 1] = ((hashes[i, 1] ^ hashes[i, 1] >> _HALF) * _A + other) * _B


@allocating
def _mix_numbers(hashes: Any, numbers: Any, nulls: Any) -> None:
    for i in range(len(hashes)):
        one = _A if nulls[i] else numbers[i] * _A + _ONE
        hashes[i, 0] = ((hashes[i, 0] ^ hashes[i, 0] >> _SHARE) * _B + one) * _A
        hashes[i, 1] = ((hashes[i, 1] ^ hashes[i, 1] >> _HALF) * _A + (one ^ one >> _SHARE)) * _B


@allocating
def _pick(hashes: Any, share: int, shares: int, places: Any) -> int:
    """How many there are. The place is written in any case: a jump for each text would take three times as long."""
    found = 0
    for i in range(len(hashes)):
        places[found] = i
        found += (hashes[i, 0] >> _HALF) * _U(shares) >> _HALF == _U(share)
    return found


@allocating
def _number(known: Any, offsets: Any, data: Any, hashes: Any, places: Any, numbers: Any) -> Any:
    for k in range(len(places)):
        i = places[k]
        one, other = hashes[i, 0], hashes[i, 1]
        at = _place(known.places, one, other)
        if known.places[at, 1] == _NONE:
            known = _added(known, one, other, data[offsets[i] : offsets[i + 1]])
            numbers[k] = known.many - 1
        else:
            numbers[k] = (known.places[at, 1] & _NUMBER) - _ONE
    return known


@allocating
def _look_up(known: Any, hashes: Any, places: Any, numbers: Any) -> None:
    for k in range(len(places)):
        at = _place(known.places, hashes[places[k], 0], hashes[places[k], 1])
        numbers[k] = np.int64(known.places[at, 1] & _NUMBER) - 1


@kernel
def _place(places: Any, one: Any, other: Any) -> Any:
    """Where the text is or would be."""
    mask = _U(len(places) - 1)
    at = one >> _AWAY & mask
    while places[at, 1] != _NONE and (places[at, 0] != one or (places[at, 1] ^ other) >> _HALF != _NONE):
        at = at + _ONE & mask
    return at


@alone
def _added(known: Any, one: Any, other: Any, text: Any) -> Any:
    """With one text more."""
    places, ends, held, many = known
    if 2 * (many + 1) > len(places):
        places = _grown(places)
    if many + 2 > len(ends):
        ends = np.append(ends, np.zeros(len(ends), np.int64))
    begin, end = ends[many], ends[many] + len(text)
    if end > len(held):
        held = np.append(held, np.empty(max(len(held), len(text)), np.uint8))
    for k in range(len(text)):  # a slice at once takes seconds to compile, and so does a row
        held[begin + k] = text[k]
    ends[many + 1] = end
    at = _place(places, one, other)
    places[at, 0], places[at, 1] = one, other >> _HALF << _HALF | _U(many + 1)
    return _Known(places, ends, held, many + 1)


@alone
def _grown(places: Any) -> Any:
    larger = np.zeros((4 * len(places), 2), np.uint64)
    for k in range(len(places)):
        if places[k, 1] != _NONE:
            at = _place(larger, places[k, 0], places[k, 1])
            larger[at, 0], larger[at, 1] = places[k, 0], places[k, 1]
    return larger
