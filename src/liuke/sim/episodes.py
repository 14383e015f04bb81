"""Why customers leave, how it goes on, and what a contact does to it.

An episode begins with a daily hazard that depends on latent satisfaction, a fresh complaint, money that just matured
while competitors outbid the bank, and events in life. Kinds of customers by reaction to a contact follow the usual
four of uplift modelling (Radcliffe and Surry 1999); their shares depend on observable facts: use of the app above
all, then cause (complaints and maturities show it), tier and age. Who does everything in the app is disturbed by calls
and leaves no less often, so the customers at the highest risk are not those a call helps most, as field experiments
found (Ascarza, Journal of Marketing Research 55, 2018). All numbers are assumptions of this simulation, tuned so that
signals and effects are detectable.
"""

from __future__ import annotations

import numpy as np

from liuke.sim.bank import Customers
from liuke.sim.draws import Bools, Floats, Ints, Stream, uniform, uniform_on
from liuke.sim.seasons import Day
from liuke.sim.world import (
    CALM,
    DIP,
    DO_NOT_DISTURB,
    DORMANT,
    LEAVING,
    LOST_CAUSE,
    NEVER,
    PERSUADABLE,
    RECOVERING,
    SURE_THING,
    World,
)

_ACTIVITY_GOAL = np.array([1.0, 0.05, 0.2, 1.0, 0.02])
_ACTIVITY_PACE = np.array([0.2, 0.055, 0.08, 0.12, 0.1])
RECOVERY_DAYS = 45
CALM_AFTER = 75
SELF_TURNING = 0.22
"""Share of persuadable leavers who turn back by themselves, within `TURN_FROM` to `TURN_TO` of the episode's length."""
TURN_FROM, TURN_TO = 0.45, 0.85
DIP_SHORTEST, DIP_LONGEST = 34, 60
CLOSING = 0.45
"""Share of those who have left whose accounts are closed, within `CLOSING_DAYS`."""
CLOSING_DAYS = 20
DIPPING = 0.75
"""Share of customers not to be disturbed who would come back by themselves."""


UPSET, RATE, LIFE, NEGLECT, TEMPORARY = range(5)
"""Rows of world.CAUSES."""


def hazards(world: World, day: Day) -> Floats:
    """Daily probability of an episode beginning, (5, n) by cause, before looking at who is calm."""
    matured = (world.matured_on >= 0) & (day.number - world.matured_on <= 4)
    return rates(world, day.leave, upset=world.upset_until >= day.number, matured=matured)


def rates(world: World, leave: float, *, upset: Bools, matured: Bools) -> Floats:
    """The hazards by cause for a season's factor, given who is upset and whose money has just matured."""
    c = world.bank.customers
    discontent = 1.0 - world.satisfaction
    return np.stack(
        [
            0.030 * upset,
            0.030 * matured * leave,
            (0.00022 + 0.0003 * (c.age < 30)) * leave,
            0.00135 * discontent * leave,
            np.full(len(c), 0.00034 * leave),
        ]
    )


def complaint_chance(world: World) -> Floats:
    """Daily probability that a customer complains."""
    angry = ((world.phase == LEAVING) & (world.cause == UPSET)) * 0.012
    chance: Floats = 0.00016 + 0.00035 * (1.0 - world.satisfaction) + angry
    return chance


def begin(world: World, day: Day) -> Ints:
    """Starts the day's new episodes in place; the positions of the customers."""
    ready = world.alive & (world.phase == CALM) & (world.calm_until <= day.number)
    ready &= day.number - world.bank.customers.opened > 60
    edges = np.cumsum(hazards(world, day), axis=0)
    u = uniform(world.bank.customers.key, day.number, Stream.ONSET)
    who = np.flatnonzero(ready & (u < edges[-1]) & (world.aum > 50_000))
    if not len(who):
        return who
    c = world.bank.customers.take(who)
    world.cause[who] = (u[who] >= edges[:, who]).sum(axis=0)
    world.kind[who] = kinds(c, world.cause[who], uniform(c.key, day.number, Stream.TYPE))
    draw = {s: uniform(c.key, day.number, s) for s in (Stream.LENGTH, Stream.FORM, Stream.SELF_TURN, Stream.TURN_WHEN)}
    kind = world.kind[who]
    dips = (kind == SURE_THING) | ((kind == DO_NOT_DISTURB) & (draw[Stream.FORM] < DIPPING))
    world.phase[who] = np.where(dips, DIP, LEAVING)
    dip = DIP_SHORTEST + (DIP_LONGEST - DIP_SHORTEST) * draw[Stream.LENGTH]
    length = np.where(dips, dip, 50 + 45 * draw[Stream.LENGTH]).astype(np.int64)
    turns = ~dips & (kind == PERSUADABLE) & (draw[Stream.SELF_TURN] < SELF_TURNING)
    world.length[who] = length
    part = TURN_FROM + (TURN_TO - TURN_FROM) * draw[Stream.TURN_WHEN]
    world.turn_on[who] = np.where(turns, day.number + (length * part).astype(np.int64), NEVER)
    world.onset[who], world.since[who] = day.number, day.number
    world.base_aum[who], world.drained[who], world.owed[who], world.close_on[who] = world.aum[who], 0, 0, NEVER
    return who


def kinds(c: Customers, cause: Ints, u: Floats) -> Ints:
    """Kind of customer for uniforms `u`."""
    edges = np.cumsum(shares_of_kinds(c, cause), axis=0)
    drawn = (u >= edges[:3]).sum(axis=0)
    result: Ints = drawn.astype(np.int64)
    return result


def shares_of_kinds(c: Customers, cause: Ints) -> Floats:
    """Shares of the kinds, (4, n), by use of the app, cause, tier and age."""
    young, senior, rich, by_app = c.age < 30, c.age > 55, c.tier >= 2, lives_in_the_app(c)
    talks = 1.5 + 1.2 * (cause == RATE) + 0.7 * (cause == UPSET) + 0.5 * rich + 0.6 * senior - 0.4 * young
    weight = np.stack(
        [
            talks * (1.6 - 1.5 * by_app),
            np.full(len(c), 0.18),
            0.45 + 0.8 * (cause == LIFE) + 0.35 * young,
            0.04 + 1.5 * by_app + 0.15 * (young & (cause == NEGLECT)),
        ]
    )
    sure = np.arange(4)[:, None] == SURE_THING
    shares: Floats = np.where(cause == TEMPORARY, sure, weight / weight.sum(axis=0))
    return shares


def lives_in_the_app(c: Customers) -> Floats:
    """0 for who uses the app little, rising to 1 for who does everything in it."""
    part: Floats = np.clip((c.app - 0.42) / 0.3, 0.0, 1.0)
    return part


def chance_to_save(c: Customers, cause: Ints) -> Floats:
    """Probability that reaching a persuadable customer in an episode turns him back."""
    p = 0.84 + 0.10 * (c.tier >= 2) + 0.10 * (cause == RATE) + 0.08 * (c.age > 50) - 0.30 * lives_in_the_app(c)
    chance: Floats = np.clip(p, 0.05, 0.95)
    return chance


def go_on(world: World, day: Day) -> None:
    """Moves every episode one day on: activity, turning back, the end."""
    goal, pace = _ACTIVITY_GOAL[world.phase], _ACTIVITY_PACE[world.phase]
    world.activity += (goal - world.activity) * pace
    world.satisfaction += (world.bank.customers.satisfaction - world.satisfaction) * 0.01
    running = np.flatnonzero(world.phase != CALM)
    phase, age = world.phase[running], day.number - world.since[running]
    back = running[(phase == LEAVING) & (world.turn_on[running] == day.number)]
    turn_back(world, back, day.number, 0.6, 0.9)
    over = age >= world.length[running]
    turn_back(world, running[(phase == DIP) & over], day.number, 0.9, 1.0)
    gone = running[(phase == LEAVING) & over & (world.turn_on[running] != day.number)]
    _end(world, gone, day.number)
    calm = running[(phase == RECOVERING) & (age >= RECOVERY_DAYS)]
    world.phase[calm], world.calm_until[calm], world.owed[calm] = CALM, day.number + CALM_AFTER, 0


def turn_back(world: World, who: Ints, day: int, low: float, high: float) -> None:
    """The customer stays after all: between `low` and `high` of the money sent away will return."""
    if len(who):
        share = low + (high - low) * uniform_on(world.bank.customers.key[who], world.onset[who], Stream.RETURN_SHARE)
        world.owed[who] = (world.drained[who] * share).astype(np.int64)
        world.phase[who], world.since[who] = RECOVERING, day


def _end(world: World, who: Ints, day: int) -> None:
    if len(who):
        key, onset = world.bank.customers.key[who], world.onset[who]
        closes = uniform_on(key, onset, Stream.CLOSE) < 0.45
        wait = 1 + (uniform_on(key, onset, Stream.CLOSE_WHEN) * 20).astype(np.int64)
        world.close_on[who] = np.where(closes, day + wait, NEVER)
        world.phase[who], world.since[who] = DORMANT, day


def would_be_saved(world: World, who: Ints) -> Bools:
    """Whether reaching these customers now turns them back: fixed for the episode by a draw made at its onset."""
    c = world.bank.customers.take(who)
    cause, kind = world.cause[who], world.kind[who]
    chance = np.where(kind == PERSUADABLE, chance_to_save(c, cause), np.where(kind == LOST_CAUSE, 0.04, 0.0))
    saved: Bools = (world.phase[who] == LEAVING) & (uniform_on(c.key, world.onset[who], Stream.PERSUADE) < chance)
    return saved


def reach(world: World, who: Ints, day: int) -> None:
    """The effect of contacts that reached customers on `day`; visible from the next day on."""
    saved = would_be_saved(world, who)
    annoyed = world.kind[who] == DO_NOT_DISTURB
    harmed = uniform_on(world.bank.customers.key[who], np.maximum(world.onset[who], 0), Stream.PERSUADE) < 0.6
    pushed = who[annoyed & harmed & (world.phase[who] == DIP)]
    hurried = who[annoyed & (world.phase[who] == LEAVING)]
    turn_back(world, who[saved], day, 0.55, 0.85)
    world.phase[pushed], world.since[pushed], world.length[pushed] = LEAVING, day, 40
    world.base_aum[pushed] = world.aum[pushed]
    world.length[hurried] = (world.length[hurried] * 0.7).astype(np.int64)
