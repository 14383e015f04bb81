"""Customers who are making up their minds: weak signs in the weeks before an episode or a complaint.

The draw that will begin an episode in `LOOK_AHEAD` days is looked at now, with the hazard as it stands now. Most of
those it hits lean from today on, and about as many others lean for nothing: a sign is never a proof. Leaning colours
what customers do (searches, waits, answers, whose account a transfer goes to), moves no money and changes no draw:
balances, episodes and the effect of contacts are what they would be without it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from liuke.sim.draws import Bools, Floats, Ints, Stream, uniform
from liuke.sim.episodes import NEGLECT, RATE, UPSET, complaint_chance, rates
from liuke.sim.seasons import Day, day_of
from liuke.sim.world import CALM, World

LOOK_AHEAD: Final = 25
SHOWN: Final = 0.6
"""Share of those about to leave or to complain that show it."""


def lean(world: World, day: Day) -> None:
    """Notes in place who begins to lean today: until which day, and to which cause."""
    then = day.number + LOOK_AHEAD
    later = day_of(world.bank.config, then)
    c = world.bank.customers
    matures: Bools = np.any((world.hold_end > then - 5) & (world.hold_end <= then), axis=0)
    hazard = rates(world, later.leave, upset=np.zeros(len(c), bool), matured=matures)
    total = hazard.sum(axis=0)
    onset = uniform(c.key, then, Stream.ONSET)
    angry = uniform(c.key, then, Stream.COMPLAIN) < complaint_chance(world)
    show = uniform(c.key, then, Stream.LEAN)
    calm = world.alive & (world.phase == CALM) & (world.lean_until < day.number)
    leaving = (onset < total) & (show < SHOWN)
    for_nothing = show > 1.0 - SHOWN * total
    who = np.flatnonzero(calm & (leaving | for_nothing | (angry & (show < SHOWN))))
    drawn = np.where(leaving[who], onset[who], total[who] * (show[who] * 9_973 % 1.0))
    cause = (drawn >= np.cumsum(hazard[:, who], axis=0)).sum(axis=0)
    world.lean_cause[who] = np.where(leaving[who] | for_nothing[who], cause, UPSET)
    world.lean_until[who] = then


def pull(world: World) -> Floats:
    """How far customers lean on the world's day: 0 not at all, rising to 1 on the day it may happen."""
    left = world.lean_until - world.day
    leaning = (left >= 0) & (world.phase == CALM)
    strength: Floats = np.where(leaning, 1.0 - left / (LOOK_AHEAD + 1.0), 0.0)
    return strength


def sour(world: World, strength: Floats) -> Floats:
    """The part of the pull that comes from bad service: complaints ahead and neglect."""
    served_badly: Floats = strength * ((world.lean_cause == UPSET) | (world.lean_cause == NEGLECT))
    return served_badly


def tempted(world: World, strength: Floats) -> Floats:
    """The part of the pull that comes from better rates elsewhere."""
    by_rates: Floats = strength * (world.lean_cause == RATE)
    return by_rates


def causes_of(world: World, who: Ints) -> Ints:
    """Row of CAUSES that moves some positions: of the running episode, else of the leaning; 0 without either."""
    row: Ints = np.where(world.phase[who] != CALM, world.cause[who], world.lean_cause[who])
    return np.maximum(row, 0)
