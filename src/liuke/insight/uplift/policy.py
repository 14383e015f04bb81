"""What a way of choosing whom to treat is worth, and the best choice within a budget of contacts.

The value of a policy d (who is treated: yes or no) is the mean outcome if it were followed,

    V(d) = mean of d · score of being treated + (1 − d) · score of being left alone − cost · d

by doubly robust scores, or by inverse chances alone; d was made without looking at the person's own outcome. Intervals
come from the spread of the summands (Dudík, Erhan, Langford & Li, Statistical Science 29, 2014). Two policies are
compared person by person, so what both do alike adds no noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liuke.insight.uplift.scores import Scores, mean_of
from liuke.insight.uplift.trial import Bools, Floats
from liuke.stats.compare import Interval


@dataclass(frozen=True, slots=True)
class Worth:
    """Of one policy, in units of the outcome per person (everybody counts, treated or not), cost taken off.

    share: of people it treats. robust: by doubly robust scores; plain: by inverse chances. over_nobody: gain over
    treating nobody; over_lot: over treating as many drawn by lot.
    """

    name: str
    share: float
    robust: Interval
    plain: Interval
    over_nobody: Interval
    over_lot: Interval


def best_within(score: Floats, fold: NDArray[np.int64], budget: float, least: float | None = None) -> Bools:
    """(n,) whom to treat: the best of each fold up to a share `budget` of it, and only above `least` (None: all of
    them). Equal scores in the order of rows.

    score: what is ranked by; with the expected effect and `least` the cost of a contact in units of the outcome, this
    is the policy that maximises the expected value within the budget.
    """
    chosen = np.zeros(score.size, dtype=np.bool_)
    for k in np.unique(fold):
        mine = np.flatnonzero(fold == k)
        places = int(budget * mine.size + 1e-9)
        chosen[mine[np.argsort(-score[mine], kind="stable")[:places]]] = True
    return chosen if least is None else chosen & (score > least)


def worth(name: str, policy: Bools, robust: Scores, plain: Scores, cost: float = 0.0) -> Worth:
    """What the policy is worth by both ways of scoring; cost: of one contact, in units of the outcome."""
    share = float(policy.mean())
    gain = robust.effect - cost
    return Worth(
        name,
        share,
        _mean(np.where(policy, robust.treated - cost, robust.control)),
        _mean(np.where(policy, plain.treated - cost, plain.control)),
        _mean(policy * gain),
        _mean((policy - share) * gain),
    )


def advantage_of(one: Bools, other: Bools, robust: Scores, cost: float = 0.0) -> Interval:
    """Value of `one` minus value of `other`, per person."""
    return _mean((one.astype(np.float64) - other) * (robust.effect - cost))


def _mean(values: Floats) -> Interval:
    found = mean_of(values)
    assert found is not None
    return found
