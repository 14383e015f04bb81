"""Answers to surveys: noisy looks at the latent satisfaction. They change no state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from liuke.sim import words
from liuke.sim.draws import Ints, Stream, bell, uniform
from liuke.sim.leaning import pull, sour
from liuke.sim.seasons import Day, second_of_day
from liuke.sim.world import DORMANT, LEAVING, World

SURVEYS: Final = ("nps", "csat", "ces")
CHANNELS: Final = ("app", "sms", "phone")
_LOW, _HIGH = np.array([0.0, 1.0, 1.0]), np.array([10.0, 5.0, 7.0])


@dataclass(frozen=True, slots=True)
class Answers:
    """One row per answer: position, second, row of SURVEYS, score, row of words.COMMENTS or -1, row of CHANNELS."""

    who: Ints
    second: Ints
    survey: Ints
    score: Ints
    comment: Ints
    channel: Ints


def answer(world: World, day: Day) -> Answers:
    """The day's answers: a customer answers about once in two years, app users more often.

    NPS is about 10 × satisfaction, with a standard deviation of noise of about one and a half points.
    """
    c, number = world.bank.customers, day.number
    u = uniform(c.key, number, Stream.SURVEY)
    chance = 0.0013 * (0.5 + c.app)
    who = np.flatnonzero((u < chance) & world.alive & (world.phase != DORMANT))
    key, turn = c.key[who], u[who] / chance[who]
    feeling = world.satisfaction[who] - 0.15 * sour(world, pull(world))[who] - 0.2 * (world.phase[who] == LEAVING)
    feeling = np.clip(feeling + 0.14 * bell(uniform(key, number, Stream.SURVEY_SCORE)), 0.0, 1.0)
    survey = np.searchsorted([0.6, 0.85], turn, side="right")
    score = np.clip(np.round(_LOW[survey] + (_HIGH - _LOW)[survey] * feeling), _LOW[survey], _HIGH[survey])
    said = uniform(key, number, Stream.SURVEY_COMMENT)
    band = np.searchsorted([0.5, 0.75], feeling, side="right")
    comment = band * words.COMMENTS_PER_BAND + (said * 41 % 1.0 * words.COMMENTS_PER_BAND).astype(np.int64)
    return Answers(
        who=who,
        second=second_of_day(uniform(key, number, Stream.SURVEY_WHEN)),
        survey=survey.astype(np.int64),
        score=score.astype(np.int64),
        comment=np.where(said < 0.3, comment, -1),
        channel=(turn * 19 % 1.0 * len(CHANNELS)).astype(np.int64),
    )
