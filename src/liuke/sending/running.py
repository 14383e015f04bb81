"""Runs the senders of a bank home until told to stop."""

from __future__ import annotations

import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Final

import structlog
from django.db import close_old_connections, connection
from django.db.utils import OperationalError

from liuke.act.channels.catalogue import ChannelsFile, open_channel, read_channels
from liuke.act.contact_policy import read_contact_policy
from liuke.act.outbox.channel import Channel, Means
from liuke.act.outbox.http_call import call
from liuke.errors import TryAgain
from liuke.sending.asking import Asking
from liuke.sending.carrying import carry_back
from liuke.sending.desk import desk_of
from liuke.sending.gates import sending_gate
from liuke.sending.points import LakePoints, Resolver, read_staff_points
from liuke.sending.worker import Step, Way, step
from liuke.wiring import House

NAP_SECONDS: Final = 0.5
CARRY_SECONDS: Final = 30.0
_logger = structlog.get_logger()


def channels_of(house: House, file: ChannelsFile) -> dict[str, Channel]:
    """Every channel of the bank home, opened. Raises YourMistake when a secret is missing."""
    reach = partial(call, proxy=file.proxy) if file.proxy else call
    means = Means(house.home, reach, desk_of(house))
    return {name: open_channel(settings, means) for name, settings in file.channels.items()}


@contextmanager
def opened_lake(house: House, file: ChannelsFile) -> Iterator[tuple[Resolver, Asking]]:
    """Addresses, and the lake to be asked, for the length of a `with` block."""
    with house.on("duckdb").engine() as engine:
        asking = Asking(house.lake, engine)
        staff = read_staff_points(house.home / file.staff if file.staff else None)
        yield LakePoints(asking, staff), asking


@contextmanager
def opened_ways(house: House) -> Iterator[list[Way]]:
    """The channels ready to be used, for the length of a `with` block."""
    file = read_channels(house.home)
    channels, key = channels_of(house, file), house.pseudonym_key()
    policy = read_contact_policy(house.policy("contact"))
    with opened_lake(house, file) as (resolver, asking):
        yield [
            Way(name, each, file.channels[name], sending_gate(each.medium, asking, policy, house.calendar),
                resolver, key)
            for name, each in channels.items()
        ]  # fmt: skip


def send_once(house: House, stopped: Callable[[], bool]) -> Step:
    """Sends what is due, channel after channel, then brings back what came."""
    taken = sent = 0
    with opened_ways(house) as ways:
        for way in ways:
            while (done := step(way, _name(way), _now, _dice(), stopped)).taken and not stopped():
                taken, sent = taken + done.taken, sent + done.sent
    carry_back(house.lake, house.zone, _now())
    return Step(taken, sent)


def keep_sending(house: House, stopped: threading.Event, started: Callable[[list[Way]], None]) -> None:
    """Sends over every channel until `stopped`, and carries back what came. started: called once it sends."""
    with opened_ways(house) as ways, at_work(ways, stopped):
        started(ways)
        _carry_until(house, stopped)


@contextmanager
def at_work(ways: Sequence[Way], stopped: threading.Event) -> Iterator[None]:
    """Threads per channel, as many as its `parallel`, until `stopped`; what they have in hand is finished first."""
    failures: list[BaseException] = []
    threads = [
        threading.Thread(target=_keep, args=(way, n, stopped, failures), name=f"{way.name}-{n}")
        for way in ways
        for n in range(way.settings.parallel)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]


def _keep(way: Way, number: int, stopped: threading.Event, failures: list[BaseException]) -> None:
    by, dice = f"{_name(way)}:{number}", _dice()
    try:
        while not stopped.is_set():
            if not _stepped(way, by, dice, stopped):
                stopped.wait(NAP_SECONDS)
    except BaseException as error:  # the whole process ends and is begun again: leases run out, nothing is lost
        failures.append(error)
        stopped.set()
    finally:
        connection.close()


def _stepped(way: Way, by: str, dice: random.Random, stopped: threading.Event) -> bool:
    try:
        done = step(way, by, _now, dice, stopped.is_set)
    except (TryAgain, OperationalError) as error:  # a busy or restarted database; leases run out by themselves
        _logger.error("send", channel=way.name, what=type(error).__name__)
        close_old_connections()
        stopped.wait(1.0)
        return True
    if done.taken:
        _logger.info("sent", channel=way.name, taken=done.taken, sent=done.sent)
    return done.taken > 0


def _carry_until(house: House, stopped: threading.Event) -> None:
    due = time.monotonic()
    while not stopped.wait(0.2):
        if time.monotonic() >= due:
            due = time.monotonic() + CARRY_SECONDS
            _carry(house)
    _carry(house)


def _carry(house: House) -> None:
    try:
        carry_back(house.lake, house.zone, _now())
    except (TryAgain, OperationalError) as error:  # comes again
        _logger.error("carry", what=type(error).__name__)
        close_old_connections()


def _name(way: Way) -> str:
    """Names this process's hold on messages. A process begun again has another number or another time."""
    return f"{socket.gethostname()[:20]}:{os.getpid()}:{_BEGAN}:{way.name[:12]}"


_BEGAN: Final = f"{time.time_ns() // 1_000_000:x}"


def _now() -> datetime:
    return datetime.now(UTC)


def _dice() -> random.Random:
    return random.Random()  # noqa: S311 - spreads waits, keeps no secret
