"""The ceiling for a warning by a stated definition of loss: each customer's true risk given everything latent.

The probability of being lost within a horizon, by running the same world on from a day many times with fresh draws.
No product can rank better on average, so its AUC is what a model on this bank's data is measured against. The error:
a mean of N runs; and the signs of `leaning` are taken with the hazards of the day itself. (`oracle` gives the chance
of an episode in closed form; this gives that of a loss, at the cost of simulating.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from liuke.sim.bank import Bank
from liuke.sim.behaviour import no_contacts
from liuke.sim.config import ordinal
from liuke.sim.draws import Bools, Floats, Ints, Keys, Stream, customer_keys, uniform
from liuke.sim.episodes import CALM_AFTER, UPSET, complaint_chance, rates
from liuke.sim.leaning import LOOK_AHEAD, SHOWN
from liuke.sim.seasons import day_of
from liuke.sim.step import live
from liuke.sim.world import CALM, World, first_world

HABIT_DAYS: Final = 90
_TRIES: Final = 32_768
_POOL: Final = 64


@dataclass(frozen=True, slots=True)
class LossOf:
    """What counts as lost within `horizon_days`; money in fen.

    Lost are those who close; whose AUM fell by the share `fall` of its value on the day and lay there on at least the
    last `stays_days` (with `least_aum` to lose); and who make no own transaction in the last `silent_days`, if they
    made `habit` of them in the 90 days before and one in the last `silent_days`.
    """

    horizon_days: int = 90
    fall: float = 0.8
    stays_days: int = 14
    least_aum: int = 100_000
    silent_days: int = 60
    habit: int = 9


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """The bank at the end of a day: the latent world, and own transactions per customer of the last 90 days, (90, n)
    with the day itself last.
    """

    world: World
    own: Ints


def moments(bank: Bank, days: Sequence[date]) -> Iterator[Moment]:
    """Lives the bank's factual life and stops at the end of each of `days` (rising)."""
    world, wanted = first_world(bank), [ordinal(day) for day in days]
    own = np.zeros((HABIT_DAYS, len(bank.customers)), np.int64)
    while wanted:
        facts = live(world, no_contacts())
        own = np.vstack([own[1:], facts.postings.initiated(own.shape[1])])
        if world.day == wanted[0]:
            wanted.pop(0)
            yield Moment(world.copy(), own)


def true_risk(
    moment: Moment, loss: LossOf, *, runs: int, seed: int, progress: Callable[[int], None] | None = None
) -> Floats:
    """Probability of being lost per customer of the world, (n,): the share of `runs` futures in which it happens.

    Every future starts from the same latent state; draws differ, as far as they do not contradict who shows signs of
    leaving on the day (`leaning` looks at draws up to 25 days ahead). NaN for who is no customer on the day.
    """
    rng = np.random.default_rng([seed, 20_260_601])
    pools = _leaning_keys(moment.world, rng)
    lost = np.zeros(len(moment.world.closed), np.int64)
    for run in range(runs):
        lost += _future(moment, _fresh_keys(moment.world, pools, rng), loss)
        if progress:
            progress(run + 1)
    return np.where(moment.world.alive, lost / runs, np.nan)


def came_true(moment: Moment, loss: LossOf) -> Bools:
    """Who was lost in fact: the one future with the bank's own draws."""
    return _future(moment, moment.world.bank.customers.key, loss)


def _future(moment: Moment, keys: Keys, loss: LossOf) -> Bools:
    """Who is lost in the future with these keys."""
    start = moment.world
    bank = replace(start.bank, customers=replace(start.bank.customers, key=keys))
    world = replace(start.copy(), bank=bank)
    aum = start.aum
    limit = aum * (1 - loss.fall)
    low, quiet = np.zeros(len(aum), np.int64), _quiet_days(moment.own)
    awake = quiet < loss.silent_days
    for _ in range(loss.horizon_days):
        facts = live(world, no_contacts())
        low = np.where(world.aum <= limit, low + 1, 0)
        quiet = np.where(facts.postings.initiated(len(aum)) > 0, 0, quiet + 1)
    gone = (aum >= loss.least_aum) & (low >= loss.stays_days)
    silent = (moment.own.sum(axis=0) >= loss.habit) & awake & (quiet >= loss.silent_days)
    left = (world.closed >= 0) & (start.closed < 0)
    found: Bools = start.alive & (left | gone | silent)
    return found


def _quiet_days(own: Ints) -> Ints:
    """Days since the last own transaction, at most the length of the record."""
    active = own[::-1] > 0
    return np.where(active.any(axis=0), active.argmax(axis=0), len(own)).astype(np.int64)


def _fresh_keys(world: World, pools: dict[int, Keys], rng: np.random.Generator) -> Keys:
    """New keys for everybody that agree with who leans today and who does not."""
    index = world.bank.customers.index
    keys = customer_keys(int(rng.integers(2**62)), index)
    for _ in range(6):
        wrong = _would_lean(world, keys) & world.alive
        if not wrong.any():
            break
        keys[wrong] = customer_keys(int(rng.integers(2**62)), index[wrong])
    for who, pool in pools.items():
        keys[who] = pool[rng.integers(len(pool))]
    return keys


def _would_lean(world: World, keys: Keys) -> Bools:
    """Who, with these keys, would show signs by today of something within the next 25 days, and does not."""
    found = np.zeros(len(keys), bool)
    watched_from = np.maximum(world.lean_until + 1, world.calm_until - CALM_AFTER)
    for then in range(world.day + 1, world.day + LOOK_AHEAD + 1):
        watched = (world.phase == CALM) & (then - LOOK_AHEAD >= watched_from)
        leans, _ = _signs(world, keys, then, np.arange(len(keys)))
        found |= watched & leans
    return found & (world.lean_until <= world.day)


def _signs(world: World, keys: Keys, then: int, who: Ints) -> tuple[Bools, Ints]:
    """Whether positions `who` with these keys show signs of day `then`, and of which cause; hazards as of today."""
    later = day_of(world.bank.config, then)
    part = world if len(who) == len(world.closed) else world.take(who)
    matures: Bools = np.any((part.hold_end > then - 5) & (part.hold_end <= then), axis=0)
    hazard = rates(part, later.leave, upset=np.zeros(len(who), bool), matured=matures)
    many = keys.reshape(len(who), -1)
    edges = np.cumsum(hazard, axis=0)[:, :, None]
    onset, show, anger = (
        uniform(keys.ravel(), then, stream).reshape(many.shape)
        for stream in (Stream.ONSET, Stream.LEAN, Stream.COMPLAIN)
    )
    leaving = (onset < edges[-1]) & (show < SHOWN)
    for_nothing = show > 1.0 - SHOWN * edges[-1]
    angry = (anger < complaint_chance(part)[:, None]) & (show < SHOWN)
    drawn = np.where(leaving, onset, edges[-1] * (show * 9_973 % 1.0))
    cause = np.where(leaving | for_nothing, (drawn >= edges).sum(axis=0), UPSET)
    signs = leaving | for_nothing | angry
    return signs.reshape(keys.shape), cause.reshape(keys.shape)


def _leaning_keys(world: World, rng: np.random.Generator) -> dict[int, Keys]:
    """For each customer who leans today keys with which he would: their futures are as uncertain as his."""
    pools: dict[int, Keys] = {}
    leans = np.flatnonzero(world.alive & (world.phase == CALM) & (world.lean_until > world.day))
    for who in leans:
        then, cause = int(world.lean_until[who]), int(world.lean_cause[who])
        kept: list[Keys] = []
        for _ in range(_POOL):
            keys = rng.integers(2**63, size=(1, _TRIES), dtype=np.uint64)
            signs, causes = _signs(world, keys, then, np.array([who]))
            kept.append(keys[signs & (causes == cause)])
            if sum(len(k) for k in kept) >= _POOL:
                break
        found = np.concatenate(kept)
        if len(found):
            pools[int(who)] = found
    return pools
