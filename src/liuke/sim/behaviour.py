"""What customers do besides moving money: app sessions, complaints; and routine calls of their managers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liuke.sim import words
from liuke.sim.draws import Bools, Floats, Ints, Stream, uniform
from liuke.sim.episodes import NEGLECT, complaint_chance
from liuke.sim.leaning import causes_of, pull, tempted
from liuke.sim.seasons import Day, second_of_day
from liuke.sim.world import DIP, DORMANT, LEAVING, Complaints, World

LOGIN, SEARCH, VIEW, APPLY = range(4)
EVENT_NAMES = ("login", "search", "view_product", "apply_start")


@dataclass(frozen=True, slots=True)
class Events:
    """App events: position, EVENT_NAMES row, second, row of the event's own vocabulary (keyword, product) or -1."""

    who: Ints
    name: Ints
    second: Ints
    what: Ints


@dataclass(frozen=True, slots=True)
class Contacts:
    """Contacts of staff with customers on one day or several; one row each.

    who: position; day: ordinal; second of the day; staff: row of Staff; channel: 0 phone, 1 wecom, 2 visit;
    result: 0 reached, 1 not reached, 2 refused; note: row of words.CARE_NOTES or -1 for a retention order.
    """

    who: Ints
    day: Ints
    second: Ints
    staff: Ints
    channel: Ints
    result: Ints
    note: Ints

    def take(self, chosen: Bools | Ints) -> Contacts:
        """Some of the rows."""
        return Contacts(*(getattr(self, n)[chosen] for n in self.__slots__))

    def joined(self, more: Contacts) -> Contacts:
        """These rows and then `more`."""
        return Contacts(*(np.concatenate([getattr(self, n), getattr(more, n)]) for n in self.__slots__))

    def __len__(self) -> int:
        return len(self.who)


CONTACT_CHANNELS = ("phone", "wecom", "visit")
CONTACT_RESULTS = ("reached", "not_reached", "refused")
REACHED, NOT_REACHED, REFUSED = range(3)


def no_contacts() -> Contacts:
    """No rows."""
    return Contacts(*(np.zeros(0, np.int64) for _ in range(7)))


def use_app(world: World, day: Day) -> Events:
    """The day's sessions: at most one per customer, with searches and views inside."""
    c, number, drawn = world.bank.customers, day.number, pull(world)
    restless = (world.phase == LEAVING) | (world.phase == DIP)
    eager = np.where(restless, np.maximum(world.activity, 0.35), world.activity)
    eager = eager * (1.0 - 0.4 * drawn * (world.lean_cause == NEGLECT)) + 0.4 * tempted(world, drawn)
    who = np.flatnonzero((uniform(c.key, number, Stream.LOGIN) < 0.17 * c.app * eager) & world.alive)
    key, uneasy, drawn = c.key[who], restless[who], drawn[who]
    second = np.minimum(second_of_day(uniform(key, number, Stream.LOGIN_WHEN)), 86_000)
    searches = uniform(key, number, Stream.SEARCH) < np.where(uneasy, 0.45, 0.12 + 0.14 * drawn)
    views = uniform(key, number, Stream.VIEW) < np.where(uneasy & (world.cause[who] == 1), 0.4, 0.18)
    applies = views & (uniform(key, number, Stream.APPLY) < 0.12)
    word = _keywords(world, who, np.where(uneasy, 0.7, 0.4 * drawn), number)
    product = 1 + (uniform(key, number, Stream.VIEW_WHAT) * (len(words.PRODUCTS) - 1)).astype(np.int64)
    nothing = np.full(len(who), -1)
    parts = (
        (np.ones(len(who), bool), LOGIN, 0, nothing),
        (searches, SEARCH, 21, word),
        (views, VIEW, 74, product),
        (applies, APPLY, 133, product),
    )
    return Events(
        np.concatenate([who[f] for f, _, _, _ in parts]),
        np.concatenate([np.full(int(f.sum()), name) for f, name, _, _ in parts]),
        np.concatenate([second[f] + later for f, _, later, _ in parts]),
        np.concatenate([what[f] for f, _, _, what in parts]),
    )


def _keywords(world: World, who: Ints, telling: Floats, number: int) -> Ints:
    """Row of the joint list: ordinary searches first, then the leaving ones by cause, with chance `telling`."""
    u = uniform(world.bank.customers.key[who], number, Stream.SEARCH_WHAT)
    plain = (u * len(words.SEARCHES)).astype(np.int64)
    five = len(words.LEAVING_SEARCHES[0])
    leaving = len(words.SEARCHES) + causes_of(world, who) * five + (u * five).astype(np.int64)
    rows: Ints = np.where(u * 31 % 1.0 < telling, leaving, plain)
    return rows


def complain(world: World, day: Day) -> tuple[Complaints, Complaints]:
    """The day's new and newly settled complaints; satisfaction and the open list change in place."""
    c, number = world.bank.customers, day.number
    angry = uniform(c.key, number, Stream.COMPLAIN) < complaint_chance(world)
    who = np.flatnonzero(angry & world.alive & (world.phase != DORMANT))
    key = c.key[who]
    wait = 2 + (uniform(key, number, Stream.RESOLVE) ** 2 * 26).astype(np.int64)
    office = second_of_day(uniform(key, number, Stream.COMPLAIN_WHEN), office=True)
    new = Complaints(
        who=who,
        day=np.full(len(who), number),
        second=office,
        what=(uniform(key, number, Stream.COMPLAIN_WHAT) * len(words.GRIEVANCES)).astype(np.int64),
        channel=(uniform(key, number, Stream.COMPLAIN_CHANNEL) * 3).astype(np.int64),
        resolve_on=number + wait,
        resolve_second=32_400 + (office * 7) % 28_000,
    )
    world.satisfaction[who] *= 0.7
    world.upset_until[who] = number + 18
    waiting = world.complaints.joined(new)
    done = waiting.resolve_on <= number
    world.complaints = waiting.take(~done)
    return new, waiting.take(done)


def routine_care(world: World, day: Day) -> Contacts:
    """Birthday and service calls by the customer's own manager on workdays; without effect on leaving."""
    c, number = world.bank.customers, day.number
    if not day.workday:
        return no_contacts()
    chance = np.array([0.0006, 0.0018, 0.006, 0.012, 0.02])[c.tier]
    who = np.flatnonzero((uniform(c.key, number, Stream.CARE) < chance) & world.alive)
    u, result = uniform(c.key[who], number, Stream.CARE_WHEN), uniform(c.key[who], number, Stream.CARE_RESULT)
    return Contacts(
        who=who,
        day=np.full(len(who), number),
        second=second_of_day(u, office=True),
        staff=c.rm[who],
        channel=(u * 53 % 1.0 * 2.2).astype(np.int64),
        result=np.searchsorted([0.72, 0.96], result).astype(np.int64),
        note=(u * 17 % 1.0 * len(words.CARE_NOTES)).astype(np.int64),
    )
