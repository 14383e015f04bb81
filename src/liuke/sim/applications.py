"""Who begins an application today, and what of all applications under way happens today.

A case is drawn whole on its first day; its steps wait in the world until their own day has come. They change nothing
but themselves: no balance, no satisfaction, no complaint, no decision of anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from liuke.sim.behaviour import APPLY, Events
from liuke.sim.case_steps import APP, BRANCH, DAY_S, LOAN, OPENING, PHONE, WEALTH, WEB, WECHAT, Steps, all_steps
from liuke.sim.draws import Bools, Ints, Stream, uniform
from liuke.sim.loans import loan
from liuke.sim.openings import opening
from liuke.sim.pains import weak_branches
from liuke.sim.purchases import purchase
from liuke.sim.script import Begun, Cases, Script
from liuke.sim.seasons import Day, second_of_day
from liuke.sim.world import World

APART_DAYS: Final = 60
"""A customer begins no second application within so many days."""
_TELL: Final[tuple[Callable[[Begun], Script], ...]] = (loan, opening, purchase)
_OF_PRODUCT: Final = np.array([-1, *[OPENING] * 4, *[WEALTH] * 8, LOAN, LOAN, -1])
"""By row of words.PRODUCTS: what an `apply_start` for it may begin."""
_GOES_ON: Final = np.array([0.95, 0.55, 0.6])
_ELSEWHERE: Final = np.array([0.00019, 0.00010, 0.00010])
"""By journey: share of `apply_start` events that become an application; daily chance of one begun elsewhere."""
_PLACES: Final = (
    ((BRANCH, 0.6), (WEB, 0.25), (PHONE, 0.15)),
    ((BRANCH, 0.5), (WECHAT, 0.5)),
    ((BRANCH, 0.7), (WEB, 0.3)),
)
_BORROWING_AGE: Final = (22, 62)


def apply(world: World, day: Day, events: Events) -> tuple[Steps, list[Cases]]:
    """The day's steps of all applications, and the cases that begin, by journey; who has gone does nothing more."""
    who, journey, at, channel = _beginning(world, day, events)
    world.applied_on[who] = day.number
    scripts = _told(world, day, who, journey, at, channel) if len(who) else []
    waiting = all_steps([world.steps, *(script.steps() for script in scripts)]) if scripts else world.steps
    due = waiting.at < (day.number + 1) * DAY_S
    world.steps = waiting.take(~due)
    today = waiting.take(due)
    return today.take(world.alive[today.who]), [script.cases() for script in scripts]


def _told(world: World, day: Day, who: Ints, journey: Ints, at: Ints, channel: Ints) -> list[Script]:
    """What the cases that begin will come to, by journey."""
    weak = weak_branches(world.bank.staff)[world.bank.customers.branch[who]]
    key, scripts = world.bank.customers.key[who], []
    for number in np.unique(journey).tolist():
        rows = np.flatnonzero(journey == number)
        begun = Begun(number, day.number, who[rows], key[rows], at[rows], channel[rows], weak[rows])
        scripts.append(_TELL[number](begun))
    return scripts


def _beginning(world: World, day: Day, events: Events) -> tuple[Ints, Ints, Ints, Ints]:
    """Position, journey, moment and channel of the cases that begin today; at most one per customer."""
    clicked = np.flatnonzero(events.name == APPLY)
    who, journey = events.who[clicked], _OF_PRODUCT[events.what[clicked]]
    u = uniform(world.bank.customers.key[who], day.number, Stream.CASE_BEGIN)
    begins = (journey >= 0) & (u < _GOES_ON[journey]) & _may(world, day, who, journey)
    who, journey, second = who[begins], journey[begins], events.second[clicked][begins] + 12
    other, others, place, when = _elsewhere(world, day, who)
    at = day.number * DAY_S + np.concatenate([second, when])
    channel = np.concatenate([np.full(len(who), APP), place])
    return np.concatenate([who, other]), np.concatenate([journey, others]), at, channel


def _may(world: World, day: Day, who: Ints, journey: Ints) -> Bools:
    """Nobody applies again so soon, and loans are for people of an age to work."""
    age, last = world.bank.customers.age[who], world.applied_on[who]
    free: Bools = (last < 0) | (day.number - last > APART_DAYS)
    free &= (journey != LOAN) | ((age >= _BORROWING_AGE[0]) & (age <= _BORROWING_AGE[1]))
    return free


def _elsewhere(world: World, day: Day, taken: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Position, journey, channel and second of cases that begin outside the app."""
    c = world.bank.customers
    u = uniform(c.key, day.number, Stream.CASE_ELSEWHERE)
    edges = np.cumsum(_ELSEWHERE)
    who = np.flatnonzero((u < edges[-1]) & world.alive)
    who = np.setdiff1d(who, taken)
    journey = np.searchsorted(edges, u[who], side="right")
    free = _may(world, day, who, journey)
    who, journey = who[free], journey[free]
    turn = u[who] * 1e7 % 1.0
    channel = np.zeros(len(who), np.int64)
    for number, places in enumerate(_PLACES):
        rows, shares = zip(*places, strict=True)
        found = np.array(rows)[np.searchsorted(np.cumsum(shares)[:-1], turn, side="right")]
        channel = np.where(journey == number, found, channel)
    when = uniform(c.key[who], day.number, Stream.CASE_WHEN)
    staffed = (channel == BRANCH) | (channel == PHONE)
    return who, journey, channel, np.where(staffed, second_of_day(when, office=True), second_of_day(when))
