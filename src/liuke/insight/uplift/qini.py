"""How well a ranking puts those first whom the treatment helps: Qini, AUUC, uplift@k.

People are ranked by score, highest first; N(k) are the first k, of whom Nt were treated and Nc not, with Yt and Yc
the sums of their outcomes. Curves stand at every k where the score changes, and at 0; areas are trapezoids. The names
follow scikit-uplift (`sklift.metrics`, version 0.5), whose figures these equal:

    Qini curve      q(k) = Yt − Yc · Nt / Nc                    (0 for Yc's part while Nc = 0)
    uplift curve    u(k) = (Yt / Nt − Yc / Nc) · k
    coefficient     (area − area of the straight line) / (area of the perfect ranking − area of the straight line)

where the straight line goes from 0 to the perfect curve's end: what ranking by lot gives on average, so random is 0.
The perfect Qini ranking puts treated with outcome 1 first and untreated with outcome 1 last. Perfect rankings exist for
yes-or-no outcomes only; for numbers the gain per person is given instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from liuke.insight.uplift.trial import Bools, Floats

FORMULA: Final = (
    "Qini = (∫q − ∫line) / (∫q* − ∫line), q(k) = Yt(k) − Yc(k)·Nt(k)/Nc(k); "
    "AUUC = (∫u − ∫line) / (∫u* − ∫line), u(k) = (Yt(k)/Nt(k) − Yc(k)/Nc(k))·k; "
    "k people ranked highest, trapezoids, * the perfect ranking (scikit-uplift 0.5)"
)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """value[i] after the first people[i] of the ranking; starts at (0, 0)."""

    people: NDArray[np.int64]
    value: Floats

    @property
    def area(self) -> float:
        """Under it, in people × outcome."""
        return float(np.trapezoid(self.value, self.people))

    def gain(self, end: float) -> float:
        """Area beyond the straight line from 0 to `end`."""
        return self.area - end * float(self.people[-1]) / 2


def qini_curve(outcome: Floats, score: Floats, treated: Bools) -> Curve:
    """q(k) as above, (points,)."""
    people, yt, yc, nt, nc = _sums(outcome, score, treated)
    return _from_zero(people, yt - yc * np.divide(nt, nc, out=np.zeros(nt.size), where=nc > 0))


def uplift_curve(outcome: Floats, score: Floats, treated: Bools) -> Curve:
    """u(k) as above, (points,)."""
    people, yt, yc, nt, nc = _sums(outcome, score, treated)
    of_treated = np.divide(yt, nt, out=np.zeros(nt.size), where=nt > 0)
    of_control = np.divide(yc, nc, out=np.zeros(nc.size), where=nc > 0)
    return _from_zero(people, (of_treated - of_control) * people)


def qini(outcome: Floats, score: Floats, treated: Bools) -> float | None:
    """The Qini coefficient (`sklift.metrics.qini_auc_score`); None for outcomes other than 0 and 1, or an empty arm."""
    if not _judged(outcome, treated):
        return None
    best = qini_curve(outcome, np.where(treated, outcome, -outcome), treated)
    return _share(qini_curve(outcome, score, treated), best)


def auuc(outcome: Floats, score: Floats, treated: Bools) -> float | None:
    """The normalised area under the uplift curve (`sklift.metrics.uplift_auc_score`); None as for `qini`."""
    if not _judged(outcome, treated):
        return None
    ahead = outcome if (outcome * ~treated).sum() > ((1 - outcome) * treated).sum() else treated
    best = uplift_curve(outcome, 2.0 * (outcome == treated) + ahead, treated)
    return _share(uplift_curve(outcome, score, treated), best)


def gain_per_person(outcome: Floats, score: Floats, treated: Bools) -> float:
    """Area between the Qini curve and the straight line to its own end, per treated person and person ranked.

    In units of the outcome: what treating the ranking's best adds over treating as many by lot, averaged over how many
    are treated.
    """
    curve = qini_curve(outcome, score, treated)
    return curve.gain(float(curve.value[-1])) / (outcome.size * max(int(treated.sum()), 1))


def uplift_at(outcome: Floats, score: Floats, treated: Bools, share: float) -> float | None:
    """Difference of mean outcomes between the arms among the `share` ranked highest, both arms together.

    `sklift.metrics.uplift_at_k`, strategy 'overall', but of equal scores at the cut the earlier rows are taken. None
    when an arm is empty there.
    """
    first = np.argsort(-score, kind="stable")[: int(score.size * share)]
    arm = treated[first]
    if not arm.any() or arm.all():
        return None
    return float(outcome[first][arm].mean() - outcome[first][~arm].mean())


def _judged(outcome: Floats, treated: Bools) -> bool:
    return bool(np.isin(outcome, (0.0, 1.0)).all()) and bool(treated.any()) and not treated.all()


def _share(actual: Curve, best: Curve) -> float | None:
    end = float(best.value[-1])
    room = best.gain(end)
    return actual.gain(end) / room if room else None


def _sums(outcome: Floats, score: Floats, treated: Bools) -> tuple[NDArray[np.int64], Floats, Floats, Floats, Floats]:
    """k, Yt, Yc, Nt, Nc at the end of every run of equal scores."""
    order = np.argsort(-score, kind="stable")
    s, y, w = score[order], outcome[order], treated[order].astype(np.float64)
    ends = np.r_[np.flatnonzero(np.diff(s)), s.size - 1]
    people = ends + 1
    nt = np.cumsum(w)[ends]
    return people, np.cumsum(y * w)[ends], np.cumsum(y * (1 - w))[ends], nt, people - nt


def _from_zero(people: NDArray[np.int64], value: Floats) -> Curve:
    return Curve(np.r_[0, people], np.r_[0.0, value])
