"""A trial: people, what was known of them before the draw, the arm they were in, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liuke.errors import OurBug, YourMistake

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.intp] | Bools

LEAST_PEOPLE = 200
"""People per arm below which nothing about individuals can be learned."""
LEAST_OF_EACH = 20
"""People per arm with, and without, a yes-or-no outcome; the same as a churn model needs of each class."""
CHANCE_FROM, CHANCE_TO = 0.01, 0.99
"""Chances to be treated beyond these make single people weigh more than a hundred others."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """n people.

    features: (n, p), NaN where unknown, known before the draw. treated: (n,). outcome: (n,), higher is better; 0 and 1
    for yes-or-no. chance: (n,) probability with which each was to be treated; None when it is not known and must be
    estimated from the features (no draw: weaker evidence).
    """

    features: Floats
    names: tuple[str, ...]
    treated: Bools
    outcome: Floats
    chance: Floats | None

    def __post_init__(self) -> None:
        n, p = self.features.shape
        one_each = [a for a in (self.treated, self.outcome, self.chance) if a is not None]
        if p != len(self.names) or any(a.shape != (n,) for a in one_each) or self.treated.dtype != np.bool_:
            raise OurBug(f"a trial does not fit together: {n} x {p}, {len(self.names)} names")

    def __len__(self) -> int:
        """People."""
        return int(self.treated.size)

    @property
    def binary(self) -> bool:
        """Whether the outcome is yes or no."""
        return bool(np.isin(self.outcome, (0.0, 1.0)).all())

    @property
    def cells(self) -> NDArray[np.int64]:
        """(n,) arm × outcome, the strata of every split; of a number, the arm and whether it is over the median."""
        high = self.outcome > (0.5 if self.binary else np.median(self.outcome))
        return 2 * self.treated.astype(np.int64) + high

    def take(self, rows: Rows) -> Trial:
        """The people at `rows` (positions or a mask), in that order."""
        chance = None if self.chance is None else self.chance[rows]
        return Trial(self.features[rows], self.names, self.treated[rows], self.outcome[rows], chance)


def check_trial(trial: Trial) -> None:
    """Raises YourMistake when effects cannot be learned from it: an empty or tiny arm, an outcome that never differs,
    chances that are none.
    """
    if not np.isfinite(trial.outcome).all():
        raise OurBug("an outcome is not a number")
    for treated, word in ((True, "treated"), (False, "control")):
        _check_arm(trial, treated, word)
    if trial.outcome.min() == trial.outcome.max():
        raise YourMistake(
            f"the outcome is {trial.outcome[0]:g} for everybody",
            expected="an outcome that differs between people",
            state="nothing was compared",
            then="name another column with --outcome, or wait until outcomes are known",
        )
    if trial.binary:
        _check_cells(trial)
    if trial.chance is not None and (trial.chance.min() <= 0 or trial.chance.max() >= 1):
        raise YourMistake(
            "somebody was treated, or left out, for certain",
            expected="chances above 0 and below 1; who could not be drawn is no part of the trial",
            state=f"chances go from {trial.chance.min():g} to {trial.chance.max():g}",
            then="take only the rows that were drawn by lot",
        )


def _check_arm(trial: Trial, treated: bool, word: str) -> None:
    people = int((trial.treated == treated).sum())
    if people < LEAST_PEOPLE:
        raise YourMistake(
            f"the {word} arm has {f'only {people} people' if people else 'nobody'}",
            expected=f"at least {LEAST_PEOPLE} people in each arm",
            state=f"{int(trial.treated.sum())} treated, {int((~trial.treated).sum())} control; nothing was learned",
            then="compare the arms as they are (`liuke effect`), or wait for more people",
        )


def _check_cells(trial: Trial) -> None:
    for treated, word in ((True, "treated"), (False, "control")):
        mine = trial.outcome[trial.treated == treated]
        for value in (1, 0):
            count = int((mine == value).sum())
            if count < LEAST_OF_EACH:
                raise YourMistake(
                    f"too few {word} people with outcome {value}: {count} of {mine.size}",
                    expected=f"at least {LEAST_OF_EACH} of each outcome in each arm",
                    state="nothing was learned",
                    then="take a more frequent outcome, a longer horizon or more people",
                )
