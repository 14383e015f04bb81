"""Draws made on an episode's first day whose effect still lies ahead, made anew as the latent state leaves them open.

The simulation settles three things before they show: whether and when a persuadable leaver turns back by himself
(`turn_on`), how long a dip lasts (`length` of a dip), whether and when the accounts of one who has left are closed
(`close_on`). Nothing that anybody does before depends on them, so to a forecaster they are hazards, not state. State is
what behaviour depends on: phase, cause, age of the episode, a leaver's `length` (the pace at which his money goes),
`owed`, satisfaction, anger, leaning and its cause; and the kind, by which the hazard of turning back differs.
"""

from __future__ import annotations

import numpy as np

from liuke.sim.draws import Floats, Ints
from liuke.sim.episodes import (
    CLOSING,
    CLOSING_DAYS,
    DIP_LONGEST,
    DIP_SHORTEST,
    DIPPING,
    SELF_TURNING,
    TURN_FROM,
    TURN_TO,
    shares_of_kinds,
)
from liuke.sim.world import DIP, DO_NOT_DISTURB, DORMANT, LEAVING, LOST_CAUSE, NEVER, PERSUADABLE, SURE_THING, World


def reopen(world: World, rng: np.random.Generator) -> None:
    """Draws in place what has not happened yet, given that it has not happened by the end of the world's day."""
    _turning(world, rng)
    _dips(world, rng)
    _closing(world, rng)


def retype(world: World, rng: np.random.Generator) -> None:
    """Draws the kinds of customers in an episode in place, given everything else: what no behaviour ever shows."""
    who = np.flatnonzero((world.phase == LEAVING) | (world.phase == DIP))
    weight = shares_of_kinds(world.bank.customers.take(who), world.cause[who])
    dips = world.phase[who] == DIP
    weight[PERSUADABLE] *= ~dips * (1.0 - SELF_TURNING * (1.0 - _still_to_turn(world, who)))
    weight[SURE_THING] *= dips
    weight[LOST_CAUSE] *= ~dips
    weight[DO_NOT_DISTURB] *= np.where(dips, DIPPING, 1.0 - DIPPING)
    edges = np.cumsum(weight, axis=0)
    world.kind[who] = (rng.random(len(who)) * edges[-1] >= edges[:3]).sum(axis=0)


def _still_to_turn(world: World, who: Ints) -> Floats:
    """Of those who turn back in the end, the share that has not by the end of the world's day."""
    length, age = world.length[who], world.day - world.onset[who]
    rest: Floats = np.clip((TURN_TO * length - age - 1) / ((TURN_TO - TURN_FROM) * length), 0.0, 1.0)
    return rest


def _turning(world: World, rng: np.random.Generator) -> None:
    who = np.flatnonzero((world.phase == LEAVING) & (world.kind == PERSUADABLE))
    length, age = world.length[who], world.day - world.onset[who]
    left = SELF_TURNING * _still_to_turn(world, who)
    turns = rng.random(len(who)) < left / (left + 1.0 - SELF_TURNING)
    earliest = np.maximum(TURN_FROM * length, age + 1)
    when = (earliest + (TURN_TO * length - earliest) * rng.random(len(who))).astype(np.int64)
    world.turn_on[who] = np.where(turns, world.onset[who] + when, NEVER)


def _dips(world: World, rng: np.random.Generator) -> None:
    who = np.flatnonzero(world.phase == DIP)
    shortest = np.clip(world.day - world.since[who] + 1, DIP_SHORTEST, DIP_LONGEST)
    world.length[who] = (shortest + (DIP_LONGEST - shortest) * rng.random(len(who))).astype(np.int64)


def _closing(world: World, rng: np.random.Generator) -> None:
    """Who could not close on his day, because of a loan, is taken for one whose day may still come."""
    who = np.flatnonzero((world.phase == DORMANT) & (world.closed < 0))
    age = np.minimum(world.day - world.since[who], CLOSING_DAYS)
    left = CLOSING * (CLOSING_DAYS - age) / CLOSING_DAYS
    closes = rng.random(len(who)) < left / (left + 1.0 - CLOSING)
    wait = age + 1 + (rng.random(len(who)) * (CLOSING_DAYS - age)).astype(np.int64)
    world.close_on[who] = np.where(closes, world.since[who] + wait, NEVER)
