"""Codes without order (a branch, a city) as numbers: how frequent, and what became of their people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liuke.insight.churn.learning.data import Floats
from liuke.insight.churn.learning.folds import stratified

STRENGTH = 30.0
"""How many people at the overall rate are added to each code, so that rare codes say little (m-estimate;
Micci-Barreca, SIGKDD Explorations 2001)."""
FOLDS = 5
NULL = -(2.0**53)
"""Stands for null among the codes; no real code is that far down."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """One column of codes. values: rising; rate and frequency beside them. prior: overall rate, for other codes.

    Null is a code like any other, written as `NULL`.
    """

    position: int
    values: tuple[float, ...]
    rate: tuple[float, ...]
    frequency: tuple[float, ...]
    prior: float

    def apply(self, codes: Floats) -> Floats:
        """(n, 2): smoothed rate of the label, and ln(1 + people with that code when it was fitted)."""
        values, filled = np.asarray(self.values), _filled(codes)
        where = np.clip(np.searchsorted(values, filled), 0, values.size - 1)
        known = values[where] == filled
        rate = np.where(known, np.asarray(self.rate)[where], self.prior)
        return np.column_stack([rate, np.where(known, np.asarray(self.frequency)[where], 0.0)])

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "position": self.position,
            "values": list(self.values),
            "rate": list(self.rate),
            "frequency": list(self.frequency),
            "prior": self.prior,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Encoding:
        """Reads what `as_dict` wrote."""
        values, rate, frequency = (tuple(map(float, plain[key])) for key in ("values", "rate", "frequency"))
        return cls(int(plain["position"]), values, rate, frequency, float(plain["prior"]))


def fit_encoding(position: int, codes: Floats, label: NDArray[np.int8]) -> Encoding:
    """The encoding of all examples, for people not among them."""
    values, where = np.unique(_filled(codes), return_inverse=True)
    people, positives = np.bincount(where), np.bincount(where, label)
    prior = float(label.mean())
    rate = (positives + STRENGTH * prior) / (people + STRENGTH)
    return Encoding(position, tuple(values), tuple(rate), tuple(np.log1p(people)), prior)


def encoded_out_of_fold(encoding: Encoding, codes: Floats, label: NDArray[np.int8], seed: int) -> Floats:
    """What the examples themselves learn from: each one's rate comes from folds without it.

    A person's own outcome may not reach the column the model learns from, or rare codes would give it away.
    """
    out = encoding.apply(codes)
    for learn, held in stratified(label, FOLDS, seed):
        out[held, 0] = fit_encoding(encoding.position, codes[learn], label[learn]).apply(codes[held])[:, 0]
    return out


def _filled(codes: Floats) -> Floats:
    return np.where(np.isnan(codes), NULL, codes)
