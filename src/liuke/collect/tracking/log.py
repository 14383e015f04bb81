"""The intake log: accepted batches on disk, in order, with the ids that were seen, for as long as somebody needs them.

One LMDB environment. A batch is acknowledged when the transaction that holds it, its ids and its offset is on disk.
One process takes in what clients send (the collector); any number read and commit how far they are. A feeder of our own
may append beside it: it notes in the same transaction how far it is, and needs no memory of ids. Only one `IntakeLog`
of a folder may be open in a process.

    batch     offset (8 bytes, big-endian, rising by one) → when it was stored (8 bytes) and the batch (event.py)
    ids       day since the epoch (4 bytes), offset (8) → fingerprints of its message ids, 8 bytes each
    consumer  name → the offset up to which it has done its work
    meta      "next" → the next offset; "identity"; "plan:NAME" → up to where a consumer is about to go;
              "note:NAME" → what a process last said of itself; "pace:…" → counts of five minutes by source (pace.py)
    feeder    name → what a feeder noted with what it appended
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, TypeVar
from uuid import uuid4

import lmdb
import msgspec
import numpy as np

from liuke.collect.tracking import pace
from liuke.collect.tracking.event import Taken, encode
from liuke.collect.tracking.fingerprints import Prints, Seen, fingerprints, warm
from liuke.collect.tracking.pace import Pace
from liuke.collect.tracking.settings import LogSettings
from liuke.errors import Place, TryAgain

_STEP: Final = 64 << 20
"""Bytes by which the map grows at first; then by half of what it is."""
_DAY_US: Final = 86_400_000_000
_SWEEP: Final = 2_000
"""Batches removed in one transaction, so that no commit waits long for a clean-up."""
_RESERVE: Final = 16 << 20
"""Bytes beyond the limit that only consumers' commits and clean-up may use: a full log must be able to empty."""
_PLAN: Final = b"plan:"
_NOTE: Final = b"note:"
Result = TypeVar("Result")


class LogFull(TryAgain):
    """The batch was not stored and not acknowledged: the log or the disk is full, or a consumer is too far behind.

    retry_after: seconds after which to try again.
    """

    def __init__(self, what: str, *, folder: Path, then: str, retry_after: int = 10) -> None:
        super().__init__(
            what, place=Place(str(folder)), state="this batch was not stored; the sender keeps it", then=then
        )
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a batch went. offset: None when nothing of it was new. events: new ones; repeats: known message ids."""

    offset: int | None
    events: int
    repeats: int


class IntakeLog:
    """The log of one folder. Thread-safe. writing: only one process at a time may; TryAgain when another does."""

    def __init__(self, folder: Path, settings: LogSettings | None = None, *, writing: bool = False) -> None:
        self.folder, self.settings = folder, settings or LogSettings()
        self._gate = threading.RLock()
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _claimed(folder) if writing else None
        self._limit = int(self.settings.max_gb * (1 << 30))
        try:
            self._env = lmdb.open(
                str(folder), map_size=min(_STEP, self._limit), max_dbs=128, sync=self.settings.fsync == "always",
                max_readers=64,
            )  # fmt: skip
        except lmdb.Error as error:
            raise TryAgain(
                f"the intake log cannot be opened: {error}",
                place=Place(str(folder)),
                state="nothing was changed",
                then="see that no other log of this folder is open here, and that the folder may be written",
            ) from error
        self._batches = self._part(b"batch")
        self._consumers = self._part(b"consumer")
        self._meta = self._part(b"meta")
        self._ids = self._part(b"ids")
        self._fed = self._part(b"feeder")
        self._seen = Seen(self.settings.dedup_days)
        if writing:
            self._write(self._named, self._limit + _RESERVE)
            warm()
            self._remember_days()

    def close(self) -> None:
        """Puts everything on disk and closes the log."""
        with self._gate:
            self._env.sync(True)
            self._env.close()
            if self._lock:
                self._lock.close()

    def append(self, taken: Taken, now: int) -> Stored:
        """Stores one batch; on return it is on disk (fsync: always). now: microseconds since the epoch."""
        return self.append_all([taken], now)[0]

    def append_all(self, batches: Sequence[Taken], now: int) -> list[Stored]:
        """Stores batches in one transaction, less the events whose message ids were seen within the horizon.

        Raises LogFull, with nothing of them stored, when there is no room.
        """
        if not self._lock:
            raise ValueError("this log was opened for reading")
        day = now // _DAY_US
        with self._gate:
            self._check_room()
            # Ids count per source: two projects may use the same ones.
            keys = [fingerprints([f"{e.source}\n{e.event_id}" for e in b.events]) for b in batches]
            whole = np.concatenate(keys)
            fresh = self._seen.fresh(whole, day)
            new, ends = fresh.tolist(), np.cumsum([k.size for k in keys]).tolist()
            kept = [_new(b, new[end - len(b.events) : end]) for b, end in zip(batches, ends, strict=True)]
            parts = [k[fresh[end - k.size : end]] for k, end in zip(keys, ends, strict=True)]
            offsets = self._store(kept, parts, now)
            self._seen.remember(whole[fresh], day)
        return [
            Stored(offset, len(b.events), len(a.events) - len(b.events))
            for a, b, offset in zip(batches, kept, offsets, strict=True)
        ]

    def append_fed(self, batches: Sequence[Taken], now: int, notes: Mapping[str, bytes]) -> None:
        """Stores batches and notes in one transaction: both are there, or neither. For a feeder beside the collector.

        Message ids are not looked at: the notes say what was appended. Raises LogFull with nothing stored.
        """
        self._check_room()
        nothing = np.zeros(0, np.uint64)

        def note(txn: lmdb.Transaction) -> None:
            self._named(txn)
            for name, value in notes.items():
                txn.put(name.encode(), value, db=self._fed)

        self._store(batches, [nothing] * len(batches), now, note)

    def fed(self, prefix: str) -> dict[str, bytes]:
        """What was noted under names that begin so."""
        with self._reading() as txn:
            cursor, begins = txn.cursor(self._fed), prefix.encode()
            found = {}
            for key, value in cursor if cursor.set_range(begins) else ():
                if not bytes(key).startswith(begins):
                    break
                found[bytes(key).decode()] = bytes(value)
            return found

    def read(self, after: int, limit: int = 1000) -> list[tuple[int, bytes]]:
        """Up to `limit` batches whose offset is greater than `after`, in order, as bytes (event.decode)."""
        with self._reading() as txn:
            cursor = txn.cursor(self._batches)
            if not cursor.set_range(_key(after + 1)):
                return []
            found = []
            for key, value in cursor:
                found.append((int.from_bytes(key, "big"), bytes(value[8:])))
                if len(found) >= limit:
                    break
            return found

    @property
    def identity(self) -> str:
        """Tells this log from one made anew in the same folder."""
        with self._reading() as txn:
            return bytes(txn.get(b"identity", b"new", db=self._meta)).decode()

    @property
    def last(self) -> int:
        """The offset of the newest batch; 0 when there was none yet."""
        with self._reading() as txn:
            return int.from_bytes(txn.get(b"next", _key(1), db=self._meta), "big") - 1

    @property
    def first(self) -> int | None:
        """The offset of the oldest batch still kept."""
        with self._reading() as txn:
            cursor = txn.cursor(self._batches)
            return int.from_bytes(cursor.key(), "big") if cursor.first() else None

    def commit(self, consumer: str, offset: int) -> None:
        """Notes that the consumer's work on everything up to `offset` is done. Never goes back."""

        def note(txn: lmdb.Transaction) -> None:
            before = bytes(txn.get(consumer.encode(), _key(0), db=self._consumers))
            txn.put(consumer.encode(), max(before, _key(offset)), db=self._consumers)

        self._write(note, self._limit + _RESERVE)

    def plan(self, consumer: str, offset: int) -> None:
        """Notes up to where the consumer is about to go, so that after a crash it goes the same way again."""
        self._write(lambda txn: txn.put(_PLAN + consumer.encode(), _key(offset), db=self._meta), self._limit + _RESERVE)

    def planned(self, consumer: str) -> int:
        """What was noted last; 0 when nothing was."""
        with self._reading() as txn:
            return int.from_bytes(txn.get(_PLAN + consumer.encode(), _key(0), db=self._meta), "big")

    def committed(self, consumer: str) -> int:
        """How far a consumer is; 0 before its first commit."""
        with self._reading() as txn:
            return int.from_bytes(txn.get(consumer.encode(), _key(0), db=self._consumers), "big")

    def note(self, name: str, value: Mapping[str, Any]) -> None:
        """Keeps what a process says of itself, for people to see; what it said before goes."""
        said = msgspec.json.encode(value)
        self._write(lambda txn: txn.put(_NOTE + name.encode(), said, db=self._meta), self._limit + _RESERVE)

    def noted(self, name: str) -> dict[str, Any] | None:
        """What the process last said; None when it never did."""
        with self._reading() as txn:
            said = txn.get(_NOTE + name.encode(), db=self._meta)
            return None if said is None else msgspec.json.decode(bytes(said), type=dict[str, Any])

    def stored_at(self, after: int) -> int | None:
        """When the oldest batch whose offset is greater than `after` was stored; None when there is none."""
        with self._reading() as txn:
            cursor = txn.cursor(self._batches)
            return int.from_bytes(bytes(cursor.value()[:8]), "big") if cursor.set_range(_key(after + 1)) else None

    def paces(self, since: int) -> dict[str, Pace]:
        """What came in since then, by source; five-minute counts, so that up to five minutes before it count too."""
        with self._reading() as txn:
            return pace.read(txn, self._meta, since)

    def consumers(self) -> dict[str, int]:
        """Every consumer that the settings name or that ever committed, and how far it is."""
        with self._reading() as txn:
            known = {bytes(k).decode(): int.from_bytes(v, "big") for k, v in txn.cursor(self._consumers)}
        return dict.fromkeys(self.settings.consumers, 0) | known

    def sweep(self, now: int) -> int:
        """Removes batches that every consumer has and that are older than keep_days, and ids past the horizon.

        Returns how many went, a few thousand at most; call it again while it returns any.
        """
        done = min(self.consumers().values(), default=self.last)
        kept_from = _key(now - self.settings.keep_days * _DAY_US)
        oldest_day = (now // _DAY_US - self.settings.dedup_days).to_bytes(4, "big")

        def remove(txn: lmdb.Transaction) -> int:
            gone = 0
            batches = txn.cursor(self._batches)
            while gone < _SWEEP and batches.first():
                if bytes(batches.key()) > _key(done) or bytes(batches.value()) > kept_from:
                    break
                gone += batches.delete()
            ids = txn.cursor(self._ids)
            while gone < 2 * _SWEEP and ids.first() and bytes(ids.key()) < oldest_day:
                gone += ids.delete()
            return gone

        self._seen.forget(now // _DAY_US)
        self._env.reader_check()  # readers that were killed would keep every page from being used again
        return self._write(remove, self._limit + _RESERVE)

    def flush(self) -> None:
        """Puts on disk what `fsync: interval` has left in memory."""
        self._env.sync(True)

    def _store(
        self, batches: Sequence[Taken], parts: Sequence[Prints], now: int,
        also: Callable[[lmdb.Transaction], None] = lambda _: None,
    ) -> list[int | None]:  # fmt: skip
        data = [encode(batch) if batch else b"" for batch in batches]
        stamp, day = _key(now), (now // _DAY_US).to_bytes(4, "big")

        counted = pace.count(batches)

        def put(txn: lmdb.Transaction) -> list[int | None]:
            also(txn)
            offset = int.from_bytes(txn.get(b"next", _key(1), db=self._meta), "big")
            made: list[int | None] = []
            for each, keys in zip(data, parts, strict=True):
                made.append(offset if each else None)
                if each:
                    txn.put(_key(offset), stamp + each, db=self._batches, append=True)
                    if keys.size:
                        txn.put(day + _key(offset), keys.tobytes(), db=self._ids)
                    offset += 1
            txn.put(b"next", _key(offset), db=self._meta)
            pace.add(txn, self._meta, counted, now)
            return made

        return self._write(put, self._limit)

    def _write(self, work: Callable[[lmdb.Transaction], Result], limit: int) -> Result:
        """Runs `work` in a transaction, in a larger map when it does not fit; LogFull when it may not grow."""
        with self._gate:
            while True:
                try:
                    with self._begin(write=True) as txn:
                        return work(txn)
                except lmdb.MapFullError as error:
                    size = self._env.info()["map_size"]
                    if size >= limit:
                        raise self._full("the intake log is full (log.max_gb in collect.yaml)") from error
                    self._env.set_mapsize(min(limit, size + max(_STEP, size // 2)))
                except (lmdb.Error, OSError) as error:
                    raise self._full(f"the intake log cannot be written: {error}") from error

    def _part(self, name: bytes) -> Any:
        """A part of the environment; the map may grow while it is opened here."""
        while True:
            try:
                return self._env.open_db(name)
            except lmdb.MapResizedError:
                self._env.set_mapsize(0)

    def _begin(self, *, write: bool = False) -> lmdb.Transaction:
        """A transaction; where another process has made the map larger, this one follows."""
        while True:
            try:
                return self._env.begin(write=write)
            except lmdb.MapResizedError:
                self._env.set_mapsize(0)

    @contextmanager
    def _reading(self) -> Iterator[lmdb.Transaction]:
        with self._gate, self._begin() as txn:
            yield txn

    def _check_room(self) -> None:
        disk = os.statvfs(self.folder)
        if disk.f_bavail * disk.f_frsize < self.settings.spare_mb << 20:
            raise self._full(f"less than {self.settings.spare_mb} MB of the disk are free (log.spare_mb)")
        slowest, offset = min(self.consumers().items(), key=lambda c: c[1], default=("", self.last))
        if self.last - offset >= self.settings.max_behind:
            raise self._full(f"consumer '{slowest}' is {self.last - offset} batches behind (log.max_behind)")

    def _full(self, what: str) -> LogFull:
        slowest = min(self.consumers().items(), key=lambda c: c[1], default=("none", self.last))
        then = f"see that '{slowest[0]}' runs (it has {slowest[1]} of {self.last}), or free disk space"
        return LogFull(what, folder=self.folder, then=then)

    def _named(self, txn: lmdb.Transaction) -> None:
        txn.put(b"identity", uuid4().hex[:12].encode(), db=self._meta, overwrite=False)

    def _remember_days(self) -> None:
        """Fills the memory of seen ids from the log; days past the horizon go with the next sweep."""
        with self._reading() as txn:
            for key, value in txn.cursor(self._ids):
                self._seen.remember(np.frombuffer(value, np.uint64).copy(), int.from_bytes(key[:4], "big"))


def _key(number: int) -> bytes:
    return number.to_bytes(8, "big")


def _new(batch: Taken, fresh: Sequence[bool]) -> Taken:
    """The batch less its repeats; nothing at all when every event is one, for then the request itself is."""
    if all(fresh):
        return batch
    events = [event for event, new in zip(batch.events, fresh, strict=True) if new]
    return Taken(events, batch.changes, batch.rejected) if events else Taken()


def _claimed(folder: Path) -> IO[str]:
    """The writer's lock; the operating system drops it when the process dies."""
    handle = (folder / "writer.lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        handle.close()
        raise TryAgain(
            "another collector writes this intake log",
            place=Place(str(folder)),
            state="nothing was started",
            then="stop the other one, or give this one a bank home of its own",
        ) from error
    return handle


__all__ = ["IntakeLog", "LogFull", "Stored"]
