"""One partition's worker: its messages → its own core → rows and orders, as long as the partition is ours.

It knows no Kafka: whoever brings messages calls `take` and `settle`, now and then `checkpoint`. The snapshot holds the
state, the topic's offset to go on from, and up to where each intake log was seen: the publisher sends again what it is
not sure of after a crash, and that is passed over here. Everything is stored under the claim (hold_partition.py), so
that a worker whose partition has gone to somebody else stores nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
import structlog

from liuke.act.triggers import Core, Match
from liuke.errors import Place as Where
from liuke.errors import TryAgain
from liuke.state.actions.hold_partition import Claim, Fenced, holding, save_partition
from liuke.streaming.acting import Acting
from liuke.streaming.feeding import events_of
from liuke.streaming.partitioned.messages import Message, Place, first_time, inside, together

Begin: TypeAlias = Callable[[Path | None], Core]
"""The core of a snapshot, or an empty one."""
Past: TypeAlias = Callable[[Core, Claim, datetime], Iterator[int]]
"""Tells an empty core of a partition what its customers did before a moment, piece by piece (`remembering`)."""
_TICKS: Final = 1_000
"""A partition where only the clock has moved is saved after so many messages, not each time."""
_logger = structlog.get_logger()


def open_partition(
    claim: Claim, begin: Begin, acting: Acting, folder: Path, past: Past | None = None
) -> PartitionWorker:
    """The partition as its last owner saved it. folder: of this topic's snapshots, the same for every member.

    Snapshots that no owner ever put in force are removed. Raises TryAgain when the one in force is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob(f"{claim.number}-*.snapshot"):
        if path.name != claim.snapshot and int(path.name.split("-")[1]) < claim.epoch:
            path.unlink(missing_ok=True)
    path = folder / claim.snapshot
    if claim.snapshot and not path.is_file():
        raise TryAgain(
            f"the snapshot of partition {claim.number} is not there",
            place=Where(str(path)),
            state="nothing was changed",
            then="let `stream.kafka.snapshots` of collect.yaml be one folder that every member reaches",
        )
    return PartitionWorker(claim, begin(path if claim.snapshot else None), acting, folder, past)


class PartitionWorker:
    """next: offset in the topic of the first message not taken yet; None before there was any.

    core: as it was saved with `position`, or an empty one, which is told the past before its first message. folder: of
    snapshots.
    """

    def __init__(
        self, claim: Claim, core: Core, acting: Acting, folder: Path, past: Past | None = None
    ) -> None:  # fmt: skip
        position: dict[str, Any] = core.position or {}
        self.claim, self.core, self._acting, self._folder = claim, core, acting, folder
        self.next: int | None = position.get("offset")
        self._seen = {log: (offset, part) for log, (offset, part) in position.get("logs", {}).items()}
        self._found: list[Match] = []
        self._at_hand: list[bytes] = []
        self._ticks, self._unsaved = 0, False
        self._past = None if core.position else past
        self._telling: Iterator[int] | None = None
        self._held: list[Message] = []

    @property
    def remembers(self) -> bool:
        """Whether it is being told its past; messages wait until then."""
        return self._telling is not None

    def remember(self) -> None:
        """Tells the core one piece more of its past; after the last, takes the messages that waited.

        After an error the state is undefined: open the partition anew.
        """
        if self._telling is not None and next(self._telling, None) is None:
            held, self._telling, self._held = self._held, None, []
            self.take(held)

    def take(self, messages: Sequence[Message]) -> None:
        """Takes in messages in order of their offsets; what was taken before is passed over.

        The first of a partition without a state says when its past ends: they wait until that is told (`remembers`).
        After an error the state is undefined: open the partition anew. Raises TryAgain when messages are missing.
        """
        if self._past is not None and (until := first_time(messages)) is not None:
            past, self._past = self._past, None
            self._telling = past(self.core, self.claim, datetime.fromtimestamp(until / 1e6, UTC))
        if self._telling is not None:
            self._held += messages
            return
        fresh = [m for m in messages if self.next is None or m.offset >= self.next]
        self._check_whole(fresh)
        run: list[bytes] = []
        for message in fresh:
            if message.place and self._is_new(message.place):
                run.append(inside(message.value))
            elif message.clock is not None:
                self._feed(run)
                self._found += self.core.advance(message.clock)
                run = []
                self._ticks += 1
            elif not message.place:
                _logger.warning("not_ours", partition=self.claim.number, offset=message.offset)
        self._feed(run)
        self.next = fresh[-1].offset + 1 if fresh else self.next

    def settle(self, now: int) -> None:
        """Stores what was found and is not stored yet; after an error call it again. now: microseconds, UTC.

        Raises Fenced when the partition is somebody else's.
        """
        if self._found:
            with holding(self.claim):
                self._acting.act(self._found, events_of(self._found, self._at_hand), now)
        self._found, self._at_hand = [], []

    def checkpoint(self, now: int) -> None:
        """Saves the state with the offset it is true for. Raises Fenced when the partition is somebody else's."""
        self.settle(now)
        if self.next is None or not (self._unsaved or self._ticks >= _TICKS):
            return
        path = self._folder / f"{self.claim.number}-{self.claim.epoch}-{self.next}.snapshot"
        self.core.save(path, {"offset": self.next, "logs": self._seen})
        try:
            before = save_partition(self.claim, path.name, self.next, now=datetime.fromtimestamp(now / 1e6, UTC))
        except Fenced:
            path.unlink(missing_ok=True)
            raise
        if before not in ("", path.name):
            (self._folder / before).unlink(missing_ok=True)
        self._ticks, self._unsaved = 0, False

    def _feed(self, run: Sequence[bytes]) -> None:
        """Feeds events of several messages at once; one that is no JSON costs only itself."""
        if not run:
            return
        try:
            document = together(run)
            self._found += self.core.feed(document)
            self._at_hand.append(document)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            if len(run) == 1:
                _logger.error("unreadable", partition=self.claim.number, bytes=len(run[0]))
                return
            for each in run:
                self._feed([each])

    def _is_new(self, place: Place) -> bool:
        """Whether it was not seen yet; from now on it was."""
        at = (place.offset, place.part)
        if at <= self._seen.get(place.log, (-1, -1)):
            return False
        self._seen[place.log] = at
        self._unsaved = True
        return True

    def _check_whole(self, fresh: Iterable[Message]) -> None:
        wanted = self.next
        for message in fresh:
            if wanted is not None and message.offset != wanted:
                raise TryAgain(
                    f"messages {wanted} to {message.offset - 1} of partition {self.claim.number} did not come",
                    state="what came before them was taken in",
                    then="they are asked for again; when they stay away, the topic has lost them",
                )
            wanted = message.offset + 1


__all__ = ["Begin", "Past", "PartitionWorker", "open_partition"]
