"""Columns derived from columns of like scale: what a person would compare, found without knowing what they mean.

Trees cut one column at a time, so "this month's balance below last month's" costs them many cuts; a difference or a
ratio costs one. Columns are compared only when they look like the same unit: whole numbers with whole numbers,
and upper ends within a factor of about five of the next one's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np

from liuke.insight.churn.learning.data import Floats, Matrix
from liuke.stats.ranking import midranks

Kind = Literal["difference", "ratio", "mean", "lowest", "highest", "spread", "rank", "nulls"]
MIN_DISTINCT = 20
"""Columns with fewer values are categories or small counts; comparing them says little."""
NEXT_DECADES = 0.7
"""How far, in powers of ten, the upper end of a column may lie from the next one's in its group."""
MAX_PAIRS = 100
"""Pairs compared per group; in larger groups those of the most alike columns (rank correlation)."""
MAX_GROUP = 40
"""Columns per group; larger ones are cut, lest a wide table becomes an endless one."""


@dataclass(frozen=True, slots=True)
class Derived:
    """One derived column. inputs: positions of the features it is made of. of: the one ranked, for `rank`.

    difference: a - b. ratio: signed ln(1 + |a|) less that of b, so money of any sign may be compared. mean,
    lowest, highest, spread (standard deviation): of the group's signed logarithms. rank: how many of the group
    `of` lies above. nulls: how many of the features are null.
    """

    kind: Kind
    inputs: tuple[int, ...]
    of: int = -1

    def title(self, names: Sequence[str]) -> str:
        """A name that says what it is; unique within a plan."""
        parts = [names[k] for k in self.inputs]
        match self.kind:
            case "difference":
                return f"{parts[0]} - {parts[1]}"
            case "ratio":
                return f"{parts[0]} / {parts[1]}"
            case "rank":
                return f"rank of {names[self.of]} among {len(parts)}: {parts[0]} …"
            case _:
                return f"{self.kind} of {len(parts)}: {parts[0]} … {parts[-1]}"

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {"kind": self.kind, "inputs": list(self.inputs), "of": self.of}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Derived:
        """Reads what `as_dict` wrote."""
        return cls(plain["kind"], tuple(plain["inputs"]), plain["of"])


def plan(features: Matrix, kept: Sequence[int]) -> tuple[Derived, ...]:
    """Every derived column worth trying, from the values of the `kept` features alone (no label is seen)."""
    made: list[Derived] = []
    for group in like_scaled(features, kept):
        for a, b in _pairs(features, group):
            made += [Derived("difference", (a, b)), Derived("ratio", (a, b))]
        if len(group) > 2:
            made += [Derived(kind, group) for kind in ("mean", "lowest", "highest", "spread")]
            made += [Derived("rank", group, of) for of in group]
    holes = tuple(k for k in kept if np.isnan(features[:, k]).any())
    if len(holes) > 1:
        made.append(Derived("nulls", holes))
    return tuple(made)


def like_scaled(features: Matrix, kept: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Groups of two and more features that look like the same unit, in the order of their positions."""
    whole: list[tuple[float, int]] = []
    broken: list[tuple[float, int]] = []
    for k in kept:
        values = features[:, k][~np.isnan(features[:, k])]
        top = float(np.quantile(np.abs(values), 0.9)) if values.size else 0.0
        if top > 0 and np.unique(values).size >= MIN_DISTINCT:
            (whole if (values == np.rint(values)).all() else broken).append((float(np.log10(top)), k))
    return tuple(group for kind in (whole, broken) for group in _chains(sorted(kind)))


def compute(derived: Sequence[Derived], features: Matrix) -> Floats:
    """(n, len(derived)); a difference or ratio with a null is null, the group's figures leave nulls out."""
    logs = signed_log(np.asarray(features, dtype=np.float64))
    out = np.empty((features.shape[0], len(derived)))
    cached: dict[tuple[int, ...], Mapping[str, Floats]] = {}
    for column, one in enumerate(derived):
        if one.kind == "difference":
            out[:, column] = features[:, one.inputs[0]] - features[:, one.inputs[1]]
        elif one.kind == "ratio":
            out[:, column] = logs[:, one.inputs[0]] - logs[:, one.inputs[1]]
        elif one.kind == "nulls":
            out[:, column] = np.isnan(features[:, list(one.inputs)]).sum(axis=1)
        elif one.kind == "rank":
            group = features[:, list(one.inputs)]
            out[:, column] = (group < features[:, [one.of]]).sum(axis=1)
        else:
            if one.inputs not in cached:
                cached[one.inputs] = _over_group(logs[:, list(one.inputs)])
            out[:, column] = cached[one.inputs][one.kind]
    return out


def signed_log(values: Floats) -> Floats:
    """sign(x)·ln(1 + |x|): rising, odd, and near the logarithm for large amounts."""
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)), dtype=np.float64)


def _over_group(logs: Floats) -> Mapping[str, Floats]:
    empty = np.isnan(logs)
    known = (~empty).sum(axis=1)
    filled = np.where(empty, 0.0, logs)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled.sum(axis=1) / known
        spread = np.sqrt(np.where(empty, 0.0, (logs - mean[:, None]) ** 2).sum(axis=1) / known)
    lowest = np.where(empty, np.inf, logs).min(axis=1)
    highest = np.where(empty, -np.inf, logs).max(axis=1)
    none = known == 0
    return {
        "mean": mean,
        "spread": spread,
        "lowest": np.where(none, np.nan, lowest),
        "highest": np.where(none, np.nan, highest),
    }


def _chains(tops: list[tuple[float, int]]) -> list[tuple[int, ...]]:
    groups: list[list[tuple[float, int]]] = []
    for top, k in tops:
        if groups and top - groups[-1][-1][0] <= NEXT_DECADES and len(groups[-1]) < MAX_GROUP:
            groups[-1].append((top, k))
        else:
            groups.append([(top, k)])
    return [tuple(sorted(k for _, k in group)) for group in groups if len(group) > 1]


def _pairs(features: Matrix, group: tuple[int, ...]) -> list[tuple[int, int]]:
    every = list(combinations(group, 2))
    if len(every) <= MAX_PAIRS:
        return every
    ranks = [midranks(np.nan_to_num(np.asarray(features[:, k], dtype=np.float64))) for k in group]
    alike = np.abs(np.corrcoef(ranks))
    place = {k: i for i, k in enumerate(group)}
    return sorted(sorted(every, key=lambda ab: -alike[place[ab[0]], place[ab[1]]])[:MAX_PAIRS])
