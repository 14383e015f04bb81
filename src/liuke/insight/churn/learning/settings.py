"""How a model is trained: every choice that is not the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

Parameter = int | float | bool | str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One point of the search: LightGBM parameters that differ from the fixed ones."""

    name: str
    parameters: Mapping[str, Parameter]


SHALLOW: Mapping[str, Parameter] = {
    "num_leaves": 15,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
}
CANDIDATES = (
    Candidate("shallow", SHALLOW),
    Candidate("deep", {**SHALLOW, "num_leaves": 31, "min_data_in_leaf": 60, "feature_fraction": 0.2}),
    Candidate("stiff", {**SHALLOW, "num_leaves": 7, "min_data_in_leaf": 80, "lambda_l2": 30.0}),
)
"""A small honest search: three sizes of tree, all strongly regularised. More points would fit the inner folds."""


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """Defaults suit some thousands to some millions of examples.

    purge_days: days between the last snapshot learned from and the first one validated on, so that no label window
    reaches into the validation (horizon + gap of the label). augment: derive differences, ratios and ranks among
    columns of like scale. codes: columns whose numbers are codes without order. allow_leak: train although one
    feature alone separates the classes. members: boosters averaged, each with a seed of its own. search_rows: the
    search looks at no more examples than that (the final fit uses all).
    """

    candidates: tuple[Candidate, ...] = CANDIDATES
    learning_rate: float = 0.03
    max_rounds: int = 1500
    patience: int = 60
    inner_folds: int = 4
    members: int = 3
    purge_days: int = 0
    augment: bool = False
    codes: tuple[str, ...] = ()
    allow_leak: bool = False
    min_rows: int = 200
    min_positives: int = 20
    search_rows: int = 400_000
    threads: int = 0

    def but(self, **changes: Any) -> TrainSettings:
        """The same settings with some fields changed."""
        return replace(self, **changes)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON. How many threads train changes no result and is left out."""
        plain = asdict(self)
        del plain["threads"]
        return plain
