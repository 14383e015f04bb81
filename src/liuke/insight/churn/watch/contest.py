"""Champion against challenger: both scored the same customers before anybody knew what would become of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from liuke.insight.churn.watch.readings import FEWEST_LOST
from liuke.stats.compare import Interval
from liuke.stats.ranking import auc, auc_difference
from liuke.tables import CONTEST

Verdict = Literal["challenger", "champion", "even", "unclear"]
EVEN = 0.01
"""Differences of AUC that matter to nobody: an interval within ±0.01 says that both rank alike. Ours."""


@dataclass(frozen=True, slots=True)
class Contest:
    """On the same matured customers. champion, challenger: AUC; difference: challenger minus champion, with DeLong's
    paired 95% interval, None where a class has fewer than two people.
    """

    customers: int
    lost: int
    champion: float | None
    challenger: float | None
    difference: Interval | None

    @property
    def verdict(self) -> Verdict:
        """challenger, champion: better beyond chance; even: alike; unclear: not enough to say."""
        found = self.difference
        if found is None or min(self.lost, self.customers - self.lost) < FEWEST_LOST:
            return "unclear"
        if found.low > 0 or found.high < 0:
            return "challenger" if found.low > 0 else "champion"
        return "even" if found.low >= -EVEN and found.high <= EVEN else "unclear"


@dataclass(frozen=True, slots=True)
class Contested:
    """A contest with who contended and the day both scored. version, challenger: of models of the same name."""

    model: str
    version: str
    challenger: str
    scored_on: date
    found: Contest


def contest(
    label: npt.NDArray[np.int8], champion: npt.NDArray[np.float64], challenger: npt.NDArray[np.float64]
) -> Contest:
    """Both scored the same customers on the same day without knowing the outcome (the challenger in the shadow)."""
    return Contest(
        len(label),
        int(label.sum()),
        auc(label, champion),
        auc(label, challenger),
        auc_difference(label, challenger, champion),
    )


def contest_rows(made: Sequence[Contested], as_of: date) -> pa.Table:
    """CONTEST rows."""
    rows = [
        {
            "as_of": as_of, "model": c.model, "version": c.version, "challenger": c.challenger,
            "scored_on": c.scored_on, "customers": c.found.customers, "lost": c.found.lost,
            "auc": c.found.champion, "challenger_auc": c.found.challenger,
            "difference": c.found.difference and c.found.difference.estimate,
            "low": c.found.difference and c.found.difference.low,
            "high": c.found.difference and c.found.difference.high,
            "verdict": c.found.verdict,
        }
        for c in made
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=CONTEST.arrow)
