"""What would change the score: the model asked again with the numbers that an influence would move.

The model's own arithmetic about a customer's numbers, not a promise: whether an action moves them, and whether moving
them keeps the customer, only an experiment shows. Computed for those who are warned, from the features they were
scored on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from liuke.insight.amounts import Locale, percent
from liuke.insight.churn.explain import amount_of
from liuke.insight.churn.influence import BY_CODE, INFLUENCES, Aim, Influence
from liuke.insight.features.feature import Feature
from liuke.insight.features.registry import FEATURES
from liuke.tables.scores import LEVERS_KEPT

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ASKED = 4
"""Influences asked about for one customer: those whose features speak loudest for leaving. Each costs a prediction,
and one that speaks against leaving has little to mend."""
LEAST_FALL = 0.01
"""A probability that falls by less, or by less than a twentieth of itself, is not worth a word."""
LEAST_SHARE = 0.05
CHUNK = 8_192
"""Customers asked about at a time: 360 features of them are 24 MB."""
LEAST_MOVE = 0.05
"""A quoted number must move by at least this share of itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Levers:
    """Of n customers, (n, LEVERS_KEPT) each, the largest fall first. code: place in INFLUENCES, −1 for none.

    value, target: the quoted feature now and then, NaN for no value; probability: after it.
    """

    code: Ints
    value: Floats
    target: Floats
    probability: Floats


def levers(
    predict: Callable[[Floats], Floats],
    matrix: Floats,
    contributions: Floats,
    names: Sequence[str],
    typical: Mapping[str, float | None],
) -> Levers:
    """The influences that would lower each probability most, of the ASKED that speak loudest for leaving.

    predict: (m, p) → (m,) probabilities. matrix: (n, p) features in the order of `names`; contributions: (n, p) what
    each adds to the log-odds. typical: medians of the training by feature. Memory: a few copies of CHUNK rows.
    """
    if len(matrix) > CHUNK:
        starts = range(0, len(matrix), CHUNK)
        pairs = [(matrix[i : i + CHUNK], contributions[i : i + CHUNK]) for i in starts]
        parts = [levers(predict, rows, points, names, typical) for rows, points in pairs]
        kinds = ("code", "value", "target", "probability")
        return Levers(*(np.concatenate([getattr(part, kind) for part in parts]) for kind in kinds))
    places = {name: i for i, name in enumerate(names)}
    asked = [(n, i) for n, i in enumerate(INFLUENCES) if i.aims[0].feature in places]
    people, now = len(matrix), predict(matrix) if len(matrix) else np.empty(0)
    after = np.full((people, len(asked)), np.inf)
    loud = _loud(contributions, [i for _, i in asked], places)
    target = np.full((people, len(asked)), np.nan)
    for column, (_, influence) in enumerate(asked):
        moved = _moved(matrix, influence, places, typical)
        lead = places[influence.aims[0].feature]
        rows = np.flatnonzero(loud[:, column] & _moves(matrix[:, lead], moved[:, lead]))
        if rows.size:
            after[rows, column] = predict(moved[rows])
            target[rows, column] = moved[rows, lead]
    return _best(now, after, target, matrix, asked, places)


def _loud(contributions: Floats, influences: Sequence[Influence], places: Mapping[str, int]) -> npt.NDArray[np.bool_]:
    """(n, influences): whether the influence's features together speak for leaving, among the ASKED loudest."""
    if not influences:
        return np.zeros((len(contributions), 0), np.bool_)
    columns = [[places[a.feature] for a in i.aims if a.feature in places] for i in influences]
    points = np.stack([contributions[:, mine].sum(axis=1) for mine in columns], axis=1)
    rank = np.argsort(np.argsort(-points, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray((points > 0) & (rank < ASKED), dtype=np.bool_)


def _best(
    now: Floats,
    after: Floats,
    target: Floats,
    matrix: Floats,
    asked: Sequence[tuple[int, Influence]],
    places: Mapping[str, int],
) -> Levers:
    people = len(matrix)
    shape = (people, LEVERS_KEPT)
    found = Levers(np.full(shape, -1, np.int64), *(np.full(shape, np.nan) for _ in range(3)))
    if not asked or not people:
        return found
    enough = now[:, None] - after >= np.maximum(LEAST_FALL, LEAST_SHARE * now[:, None])
    worth = np.where(enough, after, np.inf)
    order = np.argsort(worth, axis=1, kind="stable")[:, :LEVERS_KEPT]
    lines = np.arange(people)
    leads = np.array([places[influence.aims[0].feature] for _, influence in asked])
    numbers = np.array([n for n, _ in asked], np.int64)
    for place in range(order.shape[1]):
        chosen = order[:, place]
        said = np.isfinite(worth[lines, chosen])
        found.code[said, place] = numbers[chosen[said]]
        found.value[said, place] = matrix[lines[said], leads[chosen[said]]]
        found.target[said, place] = target[lines[said], chosen[said]]
        found.probability[said, place] = worth[lines[said], chosen[said]]
    return found


def _moved(
    matrix: Floats, influence: Influence, places: Mapping[str, int], typical: Mapping[str, float | None]
) -> Floats:
    """The matrix with the influence's features where it would move them; nothing is moved the other way."""
    made = matrix.copy()
    for aim in influence.aims:
        column = places.get(aim.feature)
        if column is None:
            continue
        here = matrix[:, column]
        if aim.clears:
            made[:, column] = np.nan
            continue
        there = _end(aim, here, matrix, places, typical)
        with np.errstate(invalid="ignore"):
            better = there > here if aim.up else there < here
        if aim.null_is_worst:
            better |= np.isnan(here) & ~np.isnan(there)
        made[:, column] = np.where(better, there, here)
    return made


def _end(
    aim: Aim, here: Floats, matrix: Floats, places: Mapping[str, int], typical: Mapping[str, float | None]
) -> Floats:
    """Where the aim leads, NaN where it leads nowhere."""
    ends = []
    if aim.own is not None and aim.own[0] in places:
        ends.append(matrix[:, places[aim.own[0]]] * aim.own[1])
    usual = typical.get(aim.feature) if aim.typical else None
    for fixed in (usual, aim.to):
        if fixed is not None:
            ends.append(np.full(len(here), fixed))
    if aim.add is not None:
        ends.append(here + aim.add)
    found = np.full(len(here), np.nan)
    for end in ends:
        found = np.fmax(found, end) if aim.up else np.fmin(found, end)
    return found


def _moves(here: Floats, there: Floats) -> npt.NDArray[np.bool_]:
    """Whether the quoted number moves enough to be worth a sentence."""
    with np.errstate(invalid="ignore"):
        far = np.abs(there - here) > LEAST_MOVE * np.maximum(np.abs(here), np.abs(there))
    return np.asarray(far | (np.isnan(here) != np.isnan(there)), dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Lever:
    """One influence for one customer: the quoted feature now and then, and the probability before and after."""

    influence: Influence
    value: float | None
    target: float | None
    before: float
    after: float

    @property
    def feature(self) -> Feature:
        """The feature that is quoted."""
        return FEATURES[self.influence.aims[0].feature]


def stored_levers(score: Mapping[str, Any]) -> tuple[Lever, ...]:
    """The levers in a SCORE row, the largest fall first; of influences that are declared no more none is told."""
    found = []
    for place in range(1, LEVERS_KEPT + 1):
        code = score.get(f"lever_{place}")
        if code in BY_CODE:
            value, target, after = (score[f"lever_{place}_{tail}"] for tail in ("value", "target", "probability"))
            found.append(Lever(BY_CODE[code], value, target, float(score["probability"]), float(after)))
    return tuple(found)


def lever_text(lever: Lever, locale: Locale = "zh-hans", say: Callable[[float | None], str] | None = None) -> str:
    """The lever as one sentence with the customer's own numbers. say: how a value of its feature is told, for people
    who may not read amounts.
    """
    feature = lever.feature
    told = say or (lambda value: amount_of(value, feature.unit, locale))
    now, then = told(lever.value), told(lever.target)
    before, after = percent(lever.before), percent(lever.after)
    if locale == "en":
        return f"If “{feature.en}” went from {now} to {then}, the probability would fall from {before} to {after}."
    gap = " " if now[-1:].isascii() else ""
    return f"若{feature.zh}从 {now}{gap}变为 {then}，预计概率从 {before} 降到 {after}。"
