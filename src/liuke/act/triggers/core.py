"""The fast core: rules and the state of customers, fed with batches of events. See the package's docstring."""

from __future__ import annotations

import mmap
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import psutil

from liuke.act.triggers import snapshot
from liuke.act.triggers.decode import Decoder
from liuke.act.triggers.devices import Devices
from liuke.act.triggers.kernels import layout as at
from liuke.act.triggers.kernels.fold import fold
from liuke.act.triggers.kernels.ids import PLACE
from liuke.act.triggers.kernels.tidying import tidy
from liuke.act.triggers.lowering import Lowered, lower
from liuke.act.triggers.match import Match
from liuke.act.triggers.reference import AHEAD, LATENESS
from liuke.act.triggers.ruleset import Rule, RuleSet
from liuke.act.triggers.values import SCALE
from liuke.errors import TryAgain, YourMistake

_TIDY_FROM: Final = 1 << 24
_LARGE: Final = 1 << 28
_ROOM: Final = 4_096
"""Matches handed over at a time, beyond one for each rule."""
MOST_RULES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class TimeRules:
    """The bank's zone; microseconds an event may be late, or ahead of the clock."""

    zone: ZoneInfo
    lateness: int
    ahead: int


@dataclass(frozen=True, slots=True)
class RuleCounters:
    """seen: events that met a condition. cooled: matches held back by the cool-down. people: customers ever matched.

    last: moment of the newest match, microseconds; None while there is none.
    """

    seen: int
    matched: int
    cooled: int
    late: int
    people: int
    last: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """Events fed, and why some were not counted (docs/triggers.md); the state's size.

    records: pairs of rule and customer. record_bytes: of all of them, with their lists and their index. state_bytes:
    everything but texts: records, customers, deadlines, ids seen. evidence_bytes: event ids kept for matches.
    """

    events: int
    unread: int
    anonymous: int
    ahead: int
    late: int
    duplicate: int
    malformed: int
    customers: int
    records: int
    record_bytes: int
    state_bytes: int
    evidence_bytes: int


class Core:
    """`(state, batch) → (state, matches)`. Not thread-safe: one core per partition of customers."""

    def __init__(self, state: at.State, time: TimeRules, slots: Sequence[Rule | None], rules: RuleSet) -> None:
        self._state, self._time = state, time
        self._lowered: Lowered
        self._decoder: Decoder
        self.position: Any = None
        self._out = new_out(0)
        self._tidied = 0
        self._set(slots, rules)

    @classmethod
    def start(
        cls,
        rules: RuleSet,
        zone: ZoneInfo,
        *,
        lateness: int = LATENESS,
        ahead: int = AHEAD,
        room_gb: float | None = None,
    ) -> Core:
        """An empty state. lateness, ahead: microseconds. room_gb: how far the state may grow; default the machine's
        memory. Room is taken from the machine only as it is used.
        """
        return cls(new_state(room_gb), TimeRules(zone, lateness, ahead), list(rules.rules.values()), rules)

    @classmethod
    def load(cls, path: Path, rules: RuleSet, *, room_gb: float | None = None) -> Core:
        """The state of a snapshot under these rules, as `change` would leave it; `position` is that of `save`.

        Raises YourMistake when the file is damaged or of another version.
        """
        state = new_state(room_gb)
        header = snapshot.read_into(path, state)
        time = TimeRules(ZoneInfo(header["zone"]), header["lateness"], header["ahead"])
        wanted = {(r.code, r.meaning): r for r in rules.rules.values()}
        slots = [wanted.get(tuple(key)) if key else None for key in header["slots"]]
        core = cls(state, time, slots, rules)
        core.position = header["position"]
        core._decoder.malformed = header["malformed"]
        core._out.counters[: len(slots)] = np.array(header["counters"], np.int64).reshape(len(slots), at.C_COLUMNS)
        core.change(rules)
        return core

    def save(self, path: Path, position: Any = None) -> None:
        """Writes the whole state with the position in the log up to which events were fed (anything JSON can hold).

        When this returns the snapshot is on disk; until then the one before is.
        """
        used = int(self._state.mem[at.EVIDENCE_USED])
        if used > self._tidied + self._tidied // 4 + _TIDY_FROM:
            self.tidy()
        counters = self._out.counters[: len(self._slots)].tolist()
        header = {
            "position": position, "zone": self._time.zone.key, "lateness": self._time.lateness,
            "ahead": self._time.ahead, "slots": [[r.code, r.meaning] if r else None for r in self._slots],
            "counters": counters, "malformed": self._decoder.malformed,
        }  # fmt: skip
        snapshot.write(path, self._state, header)
        self.position = position

    def feed(self, data: bytes | Sequence[Any]) -> list[Match]:
        """Takes in a batch in order of arrival: JSON bytes (decode.py), or events as objects. What it made true.

        Raises TryAgain when the state has no more room; the events up to there were taken in.
        """
        decoder = self._decoder
        batch = decoder.batch(data) if isinstance(data, bytes) else decoder.events(data)
        return self._fold(batch, at.NEVER)

    def feed_documents(self, documents: Sequence[bytes], devices: Devices) -> list[Match]:
        """Takes in batch documents one after another; events without a customer are their device's owner's.

        Raises TryAgain like `feed`.
        """
        found: list[Match] = []
        for batch in self._decoder.documents(documents, devices):
            found += self._fold(batch, at.NEVER)
        return found

    def advance(self, now: int) -> list[Match]:
        """What the clock makes true until `now` while the stream is silent.

        Call it only when everything received before `now` was fed: then a restart gives the same matches.
        """
        return self._fold(self._decoder.events(()), now)

    def _fold(self, batch: at.Batch, until: int) -> list[Match]:
        found: list[Match] = []
        start = 0
        while start <= batch.name.size:
            start = fold(self._state, self._lowered.plan, batch, start, until, self._out)
            found += self._taken()
            self._check_room()
        return found

    @property
    def clock(self) -> int | None:
        """Microseconds; None before the first event. The watermark is this less the lateness; lag is now less this."""
        now = int(self._state.mem[at.CLOCK])
        return None if now == at.NEVER else now

    @property
    def watermark(self) -> int | None:
        """Events before it are late."""
        return None if self.clock is None else self.clock - self._time.lateness

    @property
    def counters(self) -> dict[str, RuleCounters]:
        """By the code of each rule that watches."""
        return {
            rule.code: _counters(row.tolist())
            for rule, row in zip(self._slots, self._out.counters, strict=False)
            if rule is not None
        }

    @property
    def totals(self) -> Totals:
        """Counts over all rules."""
        mem = self._state.mem
        tally: list[int] = mem[at.TALLY : at.TALLY + 6].tolist()
        tables = mem[at.RECORD_PARTS : at.CUSTOMER_PARTS].reshape(at.PARTS, at.TABLE_WORDS)
        index = int(tables[:, 1].sum())
        words = int(mem[at.RECORD_WORDS] + mem[at.LIST_WORDS]) + index
        sizes = (mem[at.CUSTOMERS], mem[at.RECORDS], 8 * words, 8 * mem[at.USED], mem[at.EVIDENCE_USED])
        return Totals(tally[0], tally[1], tally[2], tally[3], tally[4], tally[5], self._decoder.malformed,
                      *map(int, sizes))  # fmt: skip

    def change(self, rules: RuleSet) -> None:
        """Other rules from now on. A rule of the same code and meaning keeps its customers; others start empty."""
        wanted = {(r.code, r.meaning): r for r in rules.rules.values()}
        slots: list[Rule | None] = [wanted.pop((r.code, r.meaning), None) if r else None for r in self._slots]
        self._set([*slots, *wanted.values()], rules)

    def _set(self, slots: Sequence[Rule | None], rules: RuleSet) -> None:
        """Compiles the rules at their numbers; counters and what was malformed go on."""
        time, counters = self._time, self._out.counters
        malformed = self._decoder.malformed if hasattr(self, "_decoder") else 0
        if len(slots) > MOST_RULES:
            raise TryAgain("too many rules were changed since the start", then="start the engine from an empty state")
        self.rules, self._slots = rules, list(slots)
        self._lowered = lower(rules, slots, time.zone, lateness=time.lateness, ahead=time.ahead)
        self._decoder, self._out = Decoder(self._lowered.reading), new_out(len(slots))
        self._decoder.malformed = malformed
        self._out.counters[: len(counters)] = counters[: len(self._out.counters)]

    def tidy(self) -> None:
        """Clears out events that left every window, and ids nobody refers to. `save` does it when it is worth while."""
        used = int(self._state.mem[at.EVIDENCE_USED])
        tidy(self._state, self._lowered.plan, np.zeros(used // PLACE + 1, np.int64))
        self._tidied = int(self._state.mem[at.EVIDENCE_USED])

    def _check_room(self) -> None:
        if self._state.mem[at.FULL]:
            raise TryAgain(
                "the trigger engine's state has no more room",
                state="events before this were taken in; this batch was not finished",
                then="start it with more room (room_gb), or spread the customers over more partitions",
            )

    def _taken(self) -> list[Match]:
        """The matches in `out`, which is then empty."""
        out, found = self._out, []
        for i in range(int(out.filled[0])):
            found.append(self._match(out.rows[i].tolist(), out.refs[i].tolist()))
        out.filled[0] = 0
        return found

    def _match(self, row: list[int], refs: list[int]) -> Match:
        rule = self._slots[row[at.O_RULE]]
        assert rule is not None
        customer = text_at(self._state.names, row[at.O_CUSTOMER])
        return Match(
            rule=rule.code, version=rule.spec.version, meaning=rule.meaning, customer_id=customer,
            matched_at=row[at.O_MOMENT], by="clock" if row[at.O_BY_CLOCK] else "event",
            evidence=tuple(id_at(self._state.evidence, ref) for ref in refs[: row[at.O_REFS]]),
            count=row[at.O_COUNT], total=row[at.O_TOTAL] / SCALE, first=row[at.O_FIRST], last=row[at.O_LAST],
            shadow=rule.spec.shadow,
        )  # fmt: skip


def warm() -> None:
    """Loads the compiled code, or compiles it on a machine that never did (about half a minute)."""
    core = Core.start(RuleSet({}, {}), ZoneInfo("UTC"), room_gb=0.01)
    devices = Devices(lambda _device: None)
    devices.learn(b"device")
    core.feed_documents([b'{"events":[]}'], devices)
    core.tidy()


def _counters(row: list[int]) -> RuleCounters:
    seen, matched, cooled, late, people, last = row
    return RuleCounters(seen, matched, cooled, late, people, last if matched else None)


def text_at(store: Any, place: int) -> str:
    """A text as `store_text` wrote it."""
    length = int(store[place])
    return bytes(store[place + 1 : place + 1 + length]).decode("utf-8", "replace")


def id_at(store: Any, ref: int) -> str:
    """An event id as `store_id` wrote it."""
    place = (ref >> 1) * PLACE
    return text_at(store, place) if ref & 1 else str(uuid.UUID(bytes=bytes(store[place : place + PLACE])))


def new_state(room_gb: float | None = None) -> at.State:
    """Zeroed room that the machine hands out only as it is used."""
    room = int((psutil.virtual_memory().total / 2**30 if room_gb is None else room_gb) * 2**30)
    state = at.State(_room(room, np.int64), _room(room, np.uint8), _room(max(room // 4, 1 << 20), np.uint8))
    state.mem[at.USED], state.mem[at.CLOCK] = at.FIRST, at.NEVER
    state.mem[at.EVIDENCE_USED] = PLACE  # no reference is 0, no customer at 0
    state.mem[at.NAMES_USED] = 1
    return state


def _room(size: int, kind: Any) -> Any:
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0)
    whole = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    try:
        room = mmap.mmap(-1, whole, flags=flags)
    except OSError as error:
        raise YourMistake(
            f"the system does not lend {whole / 2**30:,.0f} GB of room to the trigger engine: {error.strerror}",
            expected="room that is taken only as it is used (vm.overcommit_memory other than 2)",
            then="start it with less room (room_gb), or allow more",
        ) from error
    if whole >= _LARGE and hasattr(mmap, "MADV_HUGEPAGE"):  # records are visited at random: fewer, larger pages
        room.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(room, kind)


def new_out(rules: int) -> at.Out:
    """Empty room for matches, and counters at 0."""
    rows = _ROOM + rules
    return at.Out(
        rows=np.zeros((rows, at.O_COLUMNS), np.int64),
        refs=np.zeros((rows, at.EVIDENCE), np.int64),
        filled=np.zeros(1, np.int64),
        counters=np.zeros((max(1, rules), at.C_COLUMNS), np.int64),
        chain=np.zeros(8, np.int64),
        stack=np.zeros(at.STACK, np.int64),
    )
