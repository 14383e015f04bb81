"""Service contacts that customers begin: queue tickets, visits to their manager, calls, chats. They change no state.

Waits depend on the branch, the day and the customer's latent satisfaction (its cause as much as its mirror), and
grow in the weeks before a complaint or an episode of neglect (see `leaning`). All numbers are assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from liuke.sim import words
from liuke.sim.draws import Bools, Floats, Ints, Stream, bell, customer_keys, uniform
from liuke.sim.leaning import causes_of, pull, sour
from liuke.sim.seasons import Day, second_of_day
from liuke.sim.world import CALM, LEAVING, World

TICKET, VISIT, CALL, CHAT = range(4)
KINDS: Final = ("queue_ticket", "visit", "call", "chat")
CHANNELS: Final = ("branch", "branch", "phone", "online")
RESULTS: Final = ("resolved", "unresolved", "transferred", "abandoned")
RESOLVED, UNRESOLVED, TRANSFERRED, ABANDONED = range(4)
_WAIT_MINUTES, _HANDLE_MINUTES = np.array([9.0, 2.0, 1.6, 0.7]), np.array([8.0, 22.0, 5.0, 6.0])
_PATIENCE_MINUTES = np.array([25.0, 25.0, 5.0, 4.0])
_LONGEST: Final = 14_400


@dataclass(frozen=True, slots=True)
class Served:
    """One row per contact: position, second, row of KINDS, row of words.TOPICS, seconds waited and served (-1 when
    gone before), row of Staff or -1, row of RESULTS, the mark given (1..5) or -1.
    """

    who: Ints
    second: Ints
    kind: Ints
    topic: Ints
    wait: Ints
    handled: Ints
    staff: Ints
    result: Ints
    mark: Ints


def serve(world: World, day: Day) -> Served:
    """The day's service contacts, at most one per customer."""
    c, number = world.bank.customers, day.number
    cross = sour(world, pull(world))
    quarrel = (world.phase == LEAVING) & ((world.cause == 0) | (world.cause == 3))
    edges = np.cumsum(_chances(world, day) * (1.0 + 0.6 * cross + 1.2 * quarrel), axis=0)
    u = uniform(c.key, number, Stream.SERVICE)
    who = np.flatnonzero((u < edges[-1]) & world.alive)
    key, cross, quarrel = c.key[who], cross[who], quarrel[who]
    kind = np.array([TICKET, CALL, CHAT])[(u[who] >= edges[:, who]).sum(axis=0)]
    topic = _topics(world, who, number, cross)
    what = uniform(key, number, Stream.SERVICE_WHAT)
    kind[(kind == TICKET) & (c.tier[who] >= 2) & (what * 71 % 1.0 < 0.3)] = VISIT
    when = uniform(key, number, Stream.SERVICE_WHEN)
    content = world.satisfaction[who] - 0.15 * quarrel
    minutes = _WAIT_MINUTES[kind] * np.exp(0.65 * bell(uniform(key, number, Stream.SERVICE_WAIT)) - 0.21)
    minutes *= (1.36 - 0.5 * content) * (1.0 + 1.3 * cross) * _load(world, day, who, kind)
    result = _results(uniform(key, number, Stream.SERVICE_RESULT), minutes / _PATIENCE_MINUTES[kind], content - cross)
    gone = result == ABANDONED
    length = np.exp(0.5 * bell(uniform(key, number, Stream.SERVICE_LENGTH)) - 0.12) * _HANDLE_MINUTES[kind]
    return Served(
        who=who,
        second=np.where(kind <= VISIT, second_of_day(when, office=True), second_of_day(when)),
        kind=kind,
        topic=topic,
        wait=np.minimum(minutes * 60, _LONGEST).astype(np.int64),
        handled=np.where(gone, -1, length * 60).astype(np.int64),
        staff=np.where(kind == VISIT, c.rm[who], -1),
        result=result,
        mark=_marks(uniform(key, number, Stream.SERVICE_MARK), minutes / _WAIT_MINUTES[kind], content, result),
    )


def _chances(world: World, day: Day) -> Floats:
    """Daily chance of coming to a branch, calling and chatting: (3, n)."""
    app = world.bank.customers.app
    busy = 0.25 + 0.75 * world.activity
    branch = (0.25 + 1.0 * (1.0 - app)) / 30.0 * (1.12 if day.workday else 0.6)
    return np.stack([branch, (0.10 + 0.10 * (1.0 - app)) / 30.0, 0.3 * app / 30.0]) * busy


def _load(world: World, day: Day, who: Ints, kind: Ints) -> Floats:
    """How crowded it is: a branch's own habit and day, paydays and Mondays; the call centre has its day only."""
    places = 1 + len(world.bank.staff.branch_name)
    today = 0.6 + 0.8 * uniform(
        customer_keys(world.bank.config.seed, np.arange(places)), day.number, Stream.SERVICE_LOAD
    )
    branch = world.bank.customers.branch[who]
    crowd = (1.4 if day.date.day in (10, 15) else 1.0) * (1.15 if day.date.weekday() == 0 else 1.0)
    own = (0.7 + 0.6 * (branch * 0.618 % 1.0)) * crowd * today[branch]
    load: Floats = np.where(kind <= VISIT, own, today[-1])
    return load


def _topics(world: World, who: Ints, number: int, cross: Floats) -> Ints:
    """Rows of words.TOPICS: ordinary ones, or what people on the way out ask, by cause."""
    u = uniform(world.bank.customers.key[who], number, Stream.SERVICE_WHAT)
    plain = (u * words.ORDINARY_TOPICS).astype(np.int64)
    telling = np.where(world.phase[who] != CALM, 0.45, 0.25 * cross)
    leaving = words.ORDINARY_TOPICS + causes_of(world, who)
    rows: Ints = np.where(u * 47 % 1.0 < telling, leaving, plain)
    return rows


def _results(u: Floats, patience: Floats, content: Floats) -> Ints:
    gives_up = np.clip(0.02 + 0.3 * (patience - 1.0), 0.01, 0.8)
    fails = np.clip(0.05 + 0.12 * (1.0 - content), 0.0, 0.4)
    rows: Ints = np.select(
        [u < gives_up, u < gives_up + fails, u < gives_up + fails + 0.06],
        [ABANDONED, UNRESOLVED, TRANSFERRED],
        RESOLVED,
    ).astype(np.int64)
    return rows


def _marks(u: Floats, waited: Floats, content: Floats, result: Ints) -> Ints:
    """Three in ten of those who stayed give a mark."""
    asked: Bools = (u < 0.3) & (result != ABANDONED)
    noise = 0.7 * bell(u / 0.3 % 1.0)
    mark = 1.3 + 4.2 * content - 0.35 * np.log2(np.maximum(waited, 0.25)) - 0.9 * (result == UNRESOLVED) + noise
    given: Ints = np.where(asked, np.clip(np.round(mark), 1, 5), -1).astype(np.int64)
    return given
