"""From bytes to columns: only what some rule reads is made into Python values, and only for events some rule reads.

Two forms are understood: a batch as the intake log keeps it ({"events": [[...], ...]}, each event an array in the order
of collect.tracking's TrackedEvent) and JSON lines, one event object a line.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Annotated, Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from liuke.act.triggers.devices import LONGEST_ID, NOBODY, Devices
from liuke.act.triggers.kernels.layout import Batch
from liuke.act.triggers.lowering import Field, Reading
from liuke.act.triggers.scanner import Reader, Scanner
from liuke.act.triggers.values import LARGEST, meets, read

Moment = Annotated[int, msgspec.Meta(ge=-(2**60), le=2**60)]
_MEMORY: Final = 50_000
"""Distinct texts of one property whose answers are remembered; then it begins anew."""
_NUMBERS: Final = frozenset({float, int, type(None)})
_DOCUMENT: Final = (b'{"events":', b'{"changes":', b'{"rejected":')
_NAME, _ID, _CUSTOMER = attrgetter("name"), attrgetter("event_id"), attrgetter("customer_id")
_OCCURRED, _RECEIVED, _PROPERTIES = attrgetter("occurred_at"), attrgetter("received_at"), attrgetter("properties")


class Decoder:
    """Reads events for one rule set. malformed: events that could not be read so far."""

    def __init__(self, reading: Reading) -> None:
        fields = [[(f, _reader(f)) for f in group] for group in reading.fields]
        self._columns = _Columns(reading.names, fields)
        self._scanner = Scanner(reading.names, fields)
        names = sorted({f.name for fields in reading.fields for f in fields})
        attributes = {name: f"p{i}" for i, name in enumerate(names)}
        self._getters = {name: attrgetter(attribute) for name, attribute in attributes.items()}
        event = _event_type(attributes, array_like=True)
        self._event = msgspec.json.Decoder(event)
        batch = msgspec.defstruct("Batch", [("events", list[event], msgspec.field(default_factory=list))], gc=False)  # type: ignore[valid-type]
        self._batch: Any = msgspec.json.Decoder(batch)
        loose = msgspec.defstruct("Loose", [("events", list[msgspec.Raw], msgspec.field(default_factory=list))])
        self._loose: Any = msgspec.json.Decoder(loose)
        self._line = msgspec.json.Decoder(_event_type(attributes, array_like=False))
        self.malformed = 0

    def batch(self, data: bytes) -> Batch:
        """The events of one batch document or of JSON lines; to be used before the next ones are read."""
        return self._scanner.read(data) or self.slowly(data)

    def documents(self, documents: Sequence[bytes], devices: Devices) -> Iterator[Batch]:
        """The events of batch documents, those without a customer as their devices' owners'; each before the next."""
        whole = self._scanner.read(b"\n".join((*documents, b"")), len(documents), devices)
        if whole:
            yield whole
            return
        for data in documents:  # what is odd about one leaves the others quick
            yield self._scanner.read(data, 1, devices) or self.slowly(data, devices)

    def slowly(self, data: bytes, devices: Devices | None = None) -> Batch:
        """The same by way of Python values: whatever the quick way does not understand."""
        events = self._batched(data) if data.startswith(_DOCUMENT) else self._lines(data)
        getters = self._getters

        def column(name: str, rows: list[Any]) -> list[Any]:
            own = list(map(getters[name], map(_PROPERTIES, rows)))
            if name != "channel":
                return own
            return [e.channel if v is msgspec.UNSET else v for e, v in zip(rows, own, strict=True)]

        def customer(event: Any) -> Any:
            if devices is None or event.customer_id not in (None, "") or not bytes(event.anonymous_id):
                return event.customer_id
            return devices.owner(_read(bytes(event.anonymous_id)))

        return self._columns.of(events, column, customer)

    def events(self, events: Sequence[Any]) -> Batch:
        """Events that are objects already: anything with the fields of an Event."""

        def column(name: str, rows: list[Any]) -> list[Any]:
            if name == "channel":
                return [e.properties.get(name, e.channel) for e in rows]
            return [e.properties.get(name) for e in rows]

        return self._columns.of(events, column)

    def _batched(self, data: bytes) -> list[Any]:
        try:
            events: list[Any] = self._batch.decode(data).events
        except msgspec.MsgspecError:
            return self._each(self._event, self._loose.decode(data).events)
        return events

    def _lines(self, data: bytes) -> list[Any]:
        try:
            return self._line.decode_lines(data)
        except msgspec.MsgspecError:
            return self._each(self._line, (line for line in data.split(b"\n") if line.strip()))

    def _each(self, decoder: Any, parts: Iterable[Any]) -> list[Any]:
        """What can be read; the rest is counted."""
        found = []
        for part in parts:
            try:
                found.append(decoder.decode(part))
            except (msgspec.MsgspecError, UnicodeDecodeError):
                self.malformed += 1
        return found


def _read(data: bytes) -> Any:
    """A value nobody checked before; None when it is none."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _event_type(attributes: dict[str, str], *, array_like: bool) -> type[msgspec.Struct]:
    """An event with the properties that are read; the fields nobody reads stay bytes."""
    properties = msgspec.defstruct(
        "Properties",
        [(a, Any, msgspec.UNSET if name == "channel" else None) for name, a in attributes.items()],
        rename={a: name for name, a in attributes.items()},
        gc=False,
    )
    other = (msgspec.Raw, msgspec.Raw(b""))
    return msgspec.defstruct(
        "Event",
        [
            ("event_id", str), ("name", str), ("occurred_at", Moment), ("received_at", Moment),
            ("customer_id", str | int | None, None), ("anonymous_id", *other), ("channel", str | None, None),
            ("session_id", *other), ("properties", properties, msgspec.field(default_factory=properties)),
        ],
        array_like=array_like,
        gc=False,
    )  # fmt: skip


class _Columns:
    """Events as columns, for one reading."""

    def __init__(self, names: dict[str, int], fields: Sequence[Sequence[tuple[Field, Reader]]]) -> None:
        self._names = names
        self._fields = [[(f.name, reader) for f, reader in group] for group in fields]

    def of(
        self, events: Sequence[Any], column: Callable[[str, list[Any]], list[Any]],
        customer: Callable[[Any], Any] = _CUSTOMER,
    ) -> Batch:  # fmt: skip
        """column: gives a property of some of the events. customer: whose an event is."""
        size, number = len(events), self._names.get
        name = np.array([number(n, -1) for n in map(_NAME, events)], np.int64)
        known = np.flatnonzero(name >= 0)
        chosen = events if known.size == size else [events[i] for i in known.tolist()]
        ids = _texts(list(map(_ID, chosen)), known, size)
        customers = _texts(_customers(list(map(customer, chosen))), known, size)
        values, value_start = self._values(events, name, column)
        occurred = np.array(list(map(_OCCURRED, events)), np.int64)
        received = np.array(list(map(_RECEIVED, events)), np.int64)
        return Batch(name, occurred, received, *ids, *customers, NOBODY.texts, values, value_start)

    def _values(
        self, events: Sequence[Any], name: Any, column: Callable[[str, list[Any]], list[Any]]
    ) -> tuple[Any, Any]:
        start, parts, used = np.zeros(name.size, np.int64), [np.zeros(1)], 1
        for number, fields in enumerate(self._fields):
            rows = np.flatnonzero(name == number) if fields else np.zeros(0, np.int64)
            if rows.size == 0:
                continue
            group = [events[i] for i in rows.tolist()]
            columns = {prop: column(prop, group) for prop in {prop for prop, _ in fields}}
            matrix = np.empty((rows.size, len(fields)))
            for i, (prop, reader) in enumerate(fields):
                matrix[:, i] = reader(columns[prop])
            start[rows] = used + len(fields) * np.arange(rows.size)
            parts.append(matrix.ravel())
            used += matrix.size
        return np.concatenate(parts), start


def _customers(written: list[Any]) -> list[str]:
    """Customer ids as texts; '' for what is none: nothing, a truth value, an id longer than LONGEST_ID."""
    if set(map(type, written)) <= {str} and max(map(len, written), default=0) <= LONGEST_ID // 4:
        return written
    return [_customer(w) for w in written]


def _customer(written: Any) -> str:
    if written is None or isinstance(written, bool):
        return ""
    text = str(written)
    return text if len(text.encode("utf-8", "surrogatepass")) <= LONGEST_ID else ""


def _texts(texts: list[str], rows: Any, size: int) -> tuple[Any, Any, Any]:
    """Texts of some rows one after another, and where each row's begins and ends."""
    whole = "".join(texts)
    lengths: Any = map(len, texts)
    if not whole.isascii():
        encoded = [t.encode("utf-8", "surrogatepass") for t in texts]
        text, lengths = b"".join(encoded), map(len, encoded)
    else:
        text = whole.encode("ascii")
    each = np.zeros(size, np.int64)
    each[rows] = np.fromiter(lengths, np.int64, len(texts))
    ends = np.cumsum(each)
    return np.frombuffer(text or b"\0", np.uint8), ends - each, ends


def _reader(f: Field) -> Callable[[list[Any]], npt.NDArray[np.float64]]:
    """From a column as it came to one number each."""
    if f.use == "number":
        return lambda column: _numbers(column, f)
    memory: dict[Any, float] = {}
    if f.use == "tests":
        kinds: tuple[type, ...] = (str, type(None), bool, int, float) if f.kind == "flag" else (str, type(None))
        return lambda column: _remembered(column, lambda raw: _bits(raw, f), memory, kinds)
    return lambda column: _remembered(column, lambda raw: _identity(raw, f), memory, (str,))


def _numbers(column: list[Any], f: Field) -> npt.NDArray[np.float64]:
    if set(map(type, column)) <= _NUMBERS:
        try:
            found = np.array(column, np.float64)
        except OverflowError:
            pass
        else:
            found[~(np.abs(found) <= LARGEST)] = math.nan
            return found
    return np.array([math.nan if (v := read(raw, f.kind)) is None else v for raw in column], np.float64)


def _remembered(
    column: list[Any], answer: Callable[[Any], float], memory: dict[Any, float], kinds: tuple[type, ...]
) -> npt.NDArray[np.float64]:
    """The answers for a column; those for values of `kinds` are remembered, among which equal values answer equally."""
    try:
        found = np.array(list(map(memory.get, column)), np.float64)
    except TypeError:  # a list or an object among them
        return np.array([answer(raw) for raw in column], np.float64)
    missed = np.flatnonzero(np.isnan(found))
    if missed.size:
        if len(memory) > _MEMORY:
            memory.clear()
        for i in missed.tolist():
            raw = column[i]
            found[i] = memory[raw] if raw in memory else answer(raw)
            if isinstance(raw, kinds):
                memory[raw] = float(found[i])
    return found


def _bits(raw: Any, f: Field) -> float:
    value = read(raw, f.kind)
    return float(sum(1 << i for i, (op, operand) in enumerate(f.tests) if meets(value, op, operand)))


def _identity(raw: Any, f: Field) -> float:
    """A number that tells values apart: 52 bits of a hash."""
    value = read(raw, f.kind)
    if value is None:
        return math.nan
    text = value if isinstance(value, str) else repr(value + 0.0)
    return float(int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 12)
