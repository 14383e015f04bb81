"""A partition of the trigger stream belongs to its last claimant; nobody else's work on it is stored.

The claim raises the partition's epoch. Whatever a worker stores, it stores in a transaction that first locks the
partition's row and sees its own epoch there: either the transaction of the old owner comes before the claim, and the
new one starts from what it left, or it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from liuke.errors import TryAgain, YourMistake
from liuke.state.locks import sole_writer
from liuke.state.models import StreamPartition


class Fenced(TryAgain):
    """Somebody else has claimed the partition since; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a partition until somebody else claims it. snapshot: to start from; '' for none."""

    group: str
    topic: str
    number: int
    epoch: int
    snapshot: str


def claim_partition(
    group: str, topic: str, number: int, *, partitions: int, owner: str, now: datetime
) -> Claim:  # fmt: skip
    """Takes the partition from whoever has it. partitions: how many the topic has now; owner: for people to read.

    For stream workers only: no person calls it, so no permission is asked. Raises YourMistake when the topic had
    another number of partitions when this one's state was begun: its customers would lie elsewhere.
    """
    with sole_writer("claim_partition"):
        row, _ = StreamPartition.objects.select_for_update().get_or_create(
            group=group, topic=topic, number=number, defaults={"partitions": partitions}
        )
        if row.partitions != partitions:
            raise YourMistake(
                f"the topic '{topic}' has {partitions} partitions, its state was begun with {row.partitions}",
                state="nothing was changed; customers are spread over partitions by their number",
                then="name a new topic in `stream` of collect.yaml; its state begins with what the lake remembers",
            )
        row.epoch, row.owner, row.claimed_at = row.epoch + 1, owner[:200], now
        row.save(update_fields=["epoch", "owner", "claimed_at"])
    return Claim(group, topic, number, row.epoch, row.snapshot)


@contextmanager
def holding(claim: Claim) -> Iterator[StreamPartition]:
    """A transaction during which nobody else can claim the partition. Raises Fenced when somebody has."""
    with transaction.atomic():
        row = StreamPartition.objects.select_for_update().get(group=claim.group, topic=claim.topic, number=claim.number)
        if row.epoch != claim.epoch:
            raise Fenced(
                f"partition {claim.number} of '{claim.topic}' was taken over by {row.owner}",
                state="nothing of this was stored; the new owner does it",
                then="nothing: this process goes on with the partitions it has",
            )
        yield row


def save_partition(claim: Claim, snapshot: str, position: int, *, now: datetime) -> str:
    """From now on the partition starts from `snapshot`; the name of the one before. Raises Fenced."""
    with holding(claim) as row:
        before = row.snapshot
        row.snapshot, row.position, row.saved_at = snapshot, position, now
        row.save(update_fields=["snapshot", "position", "saved_at"])
    return before


def tell_progress(claim: Claim, read: int | None, end: int | None, *, now: datetime) -> None:
    """For people to read: the message to read next, and the one that comes next; nothing once it is somebody else's."""
    mine = StreamPartition.objects.filter(group=claim.group, topic=claim.topic, number=claim.number, epoch=claim.epoch)
    mine.update(read=read, end=end, told_at=now)
