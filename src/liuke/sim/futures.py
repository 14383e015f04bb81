"""The same latent state, going on by other draws: what true risks and true effects are means over.

Every future starts where the world stands. Draws of the days to come are fresh, as far as they do not contradict who
shows signs of leaving on the day: `leaning` looks at draws up to 25 days ahead, but what it leaves behind, until when
and to which cause somebody leans, colours what he does and so is state; about half of those who lean begin.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from liuke.sim.draws import Bools, Floats, Ints, Keys, Stream, uniform
from liuke.sim.episodes import CALM_AFTER, UPSET, complaint_chance, rates
from liuke.sim.leaning import LOOK_AHEAD, SHOWN
from liuke.sim.open_fates import reopen, retype
from liuke.sim.seasons import day_of
from liuke.sim.world import CALM, NEVER, World

_TRIES: Final = 262_144


def future(
    world: World, seed: int, *, fates_known: bool = False, kinds_known: bool = True, leaning_known: bool = True
) -> World:
    """A world in the state of `world` (itself kept) with fresh draws of the days to come.

    fates_known: what running episodes have drawn already and not shown yet stays as drawn; else it is drawn anew given
    the state (open_fates). kinds_known: else the kinds of customers in an episode are drawn anew too, given what is
    known of them. leaning_known: else nothing is known of who leans, and everybody's draws are as open as a customer's
    of whom nothing shows. The signs of leaning are taken with the hazards of the day itself.
    """
    rng = np.random.default_rng([seed, 20_260_601])
    keys = _agreeing_keys(world, rng) if leaning_known else _any_keys(world, rng)
    other = replace(world.copy(), bank=replace(world.bank, customers=replace(world.bank.customers, key=keys)))
    if not leaning_known:
        other.lean_until[:] = NEVER
    if not kinds_known:
        retype(other, rng)
    if not fates_known:
        reopen(other, rng)
    return other


def _any_keys(world: World, rng: np.random.Generator) -> Keys:
    return rng.integers(2**63, size=len(world.closed), dtype=np.uint64)


def _agreeing_keys(world: World, rng: np.random.Generator) -> Keys:
    """New keys for everybody that agree with who leans today and who does not."""
    keys = _any_keys(world, rng)
    for _ in range(6):
        wrong = _would_lean(world, keys) & world.alive
        if not wrong.any():
            break
        keys[wrong] = rng.integers(2**63, size=int(wrong.sum()), dtype=np.uint64)
    _let_lean(world, keys, rng)
    return keys


def _would_lean(world: World, keys: Keys) -> Bools:
    """Who, with these keys, would show signs by today of something within the next 25 days, and does not."""
    found = np.zeros(len(keys), bool)
    watched_from = np.maximum(world.lean_until + 1, world.calm_until - CALM_AFTER)
    for then in range(world.day + 1, world.day + LOOK_AHEAD + 1):
        watched = (world.phase == CALM) & (then - LOOK_AHEAD >= watched_from)
        signs, _ = _signs(_draws(keys, then), _hazards(world, then), complaint_chance(world))
        found |= watched & signs
    return found & (world.lean_until <= world.day)


def _let_lean(world: World, keys: Keys, rng: np.random.Generator) -> None:
    """Gives each customer who leans today, in place, a key with which he would: his future is as open as his.

    A cause that has no hazard any more, as after a maturity that came early, has no such key: his stays as it is.
    """
    leans = np.flatnonzero(world.alive & (world.phase == CALM) & (world.lean_until > world.day))
    for then in np.unique(world.lean_until[leans]).tolist():
        who = leans[world.lean_until[leans] == then]
        hazard, anger = _hazards(world, then)[:, who], complaint_chance(world)[who]
        many = rng.integers(2**63, size=_TRIES, dtype=np.uint64)
        draws = _draws(many, then)
        able = _able(draws, float(hazard.sum(axis=0).max()), float(anger.max()))
        many, draws = many[able], _Draws(draws.onset[able], draws.show[able], draws.anger[able])
        for n, person in enumerate(who.tolist()):
            signs, causes = _signs(draws, hazard[:, n, None], anger[n])
            found = np.flatnonzero(signs & (causes == world.lean_cause[person]))
            if len(found):
                keys[person] = many[found[rng.integers(len(found))]]


@dataclass(frozen=True, slots=True)
class _Draws:
    """What `leaning` looks at of a day to come, per key."""

    onset: Floats
    show: Floats
    anger: Floats


def _draws(keys: Keys, then: int) -> _Draws:
    return _Draws(*(uniform(keys, then, stream) for stream in (Stream.ONSET, Stream.LEAN, Stream.COMPLAIN)))


def _hazards(world: World, then: int) -> Floats:
    """The hazards of day `then` by cause, (5, n), as they stand today."""
    later = day_of(world.bank.config, then)
    matures: Bools = np.any((world.hold_end > then - 5) & (world.hold_end <= then), axis=0)
    return rates(world, later.leave, upset=np.zeros(len(world.closed), bool), matured=matures)


def _able(draws: _Draws, hazard: float, anger: float) -> Bools:
    """Draws that are a sign at all for hazards up to these."""
    found: Bools = (draws.show < SHOWN) & ((draws.onset < hazard) | (draws.anger < anger))
    return found | (draws.show > 1.0 - SHOWN * hazard)


def _signs(draws: _Draws, hazard: Floats, anger: Floats | float) -> tuple[Bools, Ints]:
    """Whether draws of a day are signs by these hazards, (5, n) and that of complaining, and of which cause."""
    edges = np.cumsum(hazard, axis=0)
    leaving = (draws.onset < edges[-1]) & (draws.show < SHOWN)
    for_nothing = draws.show > 1.0 - SHOWN * edges[-1]
    angry = (draws.anger < anger) & (draws.show < SHOWN)
    drawn = np.where(leaving, draws.onset, edges[-1] * (draws.show * 9_973 % 1.0))
    cause: Ints = np.where(leaving | for_nothing, (drawn >= edges).sum(axis=0), UPSET)
    return leaving | for_nothing | angry, cause
