"""Readings of drift: how far today is from the training, and what matured outcomes say about old scores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from liuke.insight.churn.watch.histogram import Histogram
from liuke.stats.calibration import expected_calibration_error
from liuke.stats.drift import PSI_ALARM, PSI_WATCH, calibration_drift, label_drift, psi
from liuke.stats.ranking import auc_interval
from liuke.tables import DRIFT

Level = Literal["ok", "watch", "alert"]
Kind = Literal["feature", "score", "label", "calibration", "ranking"]
FEWEST_LOST = 20
"""Matured days with fewer losses than this tell nothing about calibration or ranking."""
RATE_WATCH, RATE_ALERT = 0.25, 0.5
"""Relative change of the loss rate that is worth a look, and one that asks for training; both also need p < 0.001."""
ECE_WATCH, ECE_ALERT = 0.02, 0.05


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading. name: the feature, or the day whose outcomes matured. See DRIFT for the units."""

    kind: Kind
    name: str
    reading: float
    reference: float | None
    level: Level
    customers: int


def distribution_readings(seen: Histogram) -> tuple[Reading, ...]:
    """PSI of every feature and of the score against the training; 0.1 is worth a look, 0.25 a shift."""
    pairs: list[tuple[Kind, str, float, int]] = [
        ("feature", name, psi(then, now), now.people) for name, (then, now) in seen.features().items()
    ]
    score = seen.score()
    if score is not None:
        pairs.append(("score", "probability", psi(*score), score[1].people))
    return tuple(Reading(k, n, v, PSI_ALARM, _level(v, PSI_WATCH, PSI_ALARM), people) for k, n, v, people in pairs)


def matured_readings(
    day: date,
    label: npt.NDArray[np.int8],
    probability: npt.NDArray[np.float64],
    trained_rate: float,
    trained_people: int,
    trained_auc: float | None,
) -> tuple[Reading, ...]:
    """What became of the customers scored on `day`: rate of loss, calibration, ranking.

    label, probability: of the same customers, those at risk on the day. trained_*: of the model's validation.
    The rate alerts when it has changed by half of itself beyond chance; calibration by its error (ECE) beyond what
    Cox's line calls chance; ranking when the whole interval of the AUC lies below the validation's AUC.
    """
    name, people, lost = str(day), len(label), int(label.sum())
    made: list[Reading] = []
    shift = label_drift(round(trained_rate * trained_people), trained_people, lost, people)
    if shift is not None and trained_rate > 0:
        change = abs(shift.now / trained_rate - 1) if shift.p_value < 0.001 else 0.0
        made.append(Reading("label", name, shift.now, trained_rate, _level(change, RATE_WATCH, RATE_ALERT), people))
    if min(lost, people - lost) < FEWEST_LOST:
        return tuple(made)
    line = calibration_drift(label, probability)
    error = expected_calibration_error(label, probability)
    beyond_chance = line is not None and line.alarm
    level = _level(error, ECE_WATCH, ECE_ALERT) if beyond_chance else "ok"
    made.append(Reading("calibration", name, error, 0.0, level, people))
    found = auc_interval(label, probability)
    if found is not None:
        below = trained_auc is not None and found.high < trained_auc
        fallen = trained_auc is not None and found.high < trained_auc - 0.05
        made.append(
            Reading(
                "ranking", name, found.estimate, trained_auc, "alert" if fallen else "watch" if below else "ok", people
            )
        )
    return tuple(made)


def drift_rows(readings: tuple[Reading, ...], as_of: date, model: str, version: str) -> pa.Table:
    """DRIFT rows of the readings."""
    rows = [
        {
            "as_of": as_of, "model": model, "version": version, "kind": r.kind, "name": r.name,
            "reading": r.reading, "reference": r.reference, "level": r.level, "customers": r.customers,
        }
        for r in readings
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=DRIFT.arrow)


def _level(value: float, watch: float, alert: float) -> Level:
    return "alert" if value >= alert else "watch" if value >= watch else "ok"
