"""Any flat table (CSV, Parquet, Excel) with a row per person as a trial."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from liuke.engine import Engine
from liuke.errors import Place, YourMistake, did_you_mean
from liuke.insight.churn.learning.flat.asked import check_columns
from liuke.insight.churn.learning.flat.columns import Column, infer
from liuke.insight.churn.learning.flat.protected import is_protected
from liuke.insight.churn.learning.flat.read import read_flat
from liuke.insight.churn.learning.flat.values import days, numbers, texts
from liuke.insight.uplift.arms import arm_of, outcome_of
from liuke.insight.uplift.findings import Finding
from liuke.insight.uplift.trial import Floats, Trial

ESTIMATE = "estimate"
"""Said for a chance that is not known because nobody drew lots."""


@dataclass(frozen=True, slots=True)
class TrialRequest:
    """Which columns say what. treated, control: the values of `treatment` compared; other rows are left out.

    positive: the outcome's value that counts as 1. chance: of being treated: a number (the planned share of the draw),
    a column, `ESTIMATE` (there was no draw), or None (drawn by lot, the share as it came out). ids: columns that name
    people. assigned_at, outcome_at: when the arm was drawn, and when the outcome was known. exclude: left out, such as
    everything known only after the draw.
    """

    table: Path
    treatment: str
    outcome: str
    treated: str | None = None
    control: str | None = None
    positive: str | None = None
    chance: str | None = None
    ids: tuple[str, ...] = ()
    assigned_at: str | None = None
    outcome_at: str | None = None
    exclude: tuple[str, ...] = ()
    seed: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class FlatTrial:
    """trial: rows with an arm and an outcome. drawn: (treated, control) with or without an outcome. planned: share
    to be treated, where it was stated as one number.
    """

    trial: Trial
    drawn: tuple[int, int]
    planned: float | None
    findings: tuple[Finding, ...]
    columns: tuple[Column, ...]


def read_trial(engine: Engine, request: TrialRequest) -> FlatTrial:
    """Reads and checks; YourMistake for unknown columns, arms or outcomes that cannot be told, and an outcome dated
    before its draw.
    """
    with tempfile.TemporaryDirectory(prefix="liuke-table-") as folder:
        read = read_flat(engine, request.table, Path(folder), seed=request.seed)
    rows, file = read.rows, str(request.table)
    _check_names(request, rows.column_names)
    arm = arm_of(request.treatment, rows[request.treatment], request.treated, request.control, file)
    outcome = outcome_of(request.outcome, rows[request.outcome], request.positive, file)
    findings = [] if rows.num_rows == read.whole else [Finding("sampled", "", f"{rows.num_rows} / {read.whole}")]
    if (arm < 0).any():
        findings.append(Finding("no_arm", request.treatment, str(int((arm < 0).sum()))))
    in_arm = arm >= 0
    _check_times(request, rows, in_arm)
    findings += _repeated(request, rows, arm)
    known = in_arm & ~np.isnan(outcome)
    if known.sum() < in_arm.sum():
        findings.append(Finding("no_outcome", request.outcome, str(int(in_arm.sum() - known.sum()))))
    kept = rows.filter(pa.array(known))
    columns = _columns(kept, request, findings)
    matrix = np.hstack([_matrix(c, kept) for c in columns]) if columns else np.empty((kept.num_rows, 0))
    names = tuple(n for c in columns for n in c.features)
    treated = arm[known] == 1
    chance, planned = _chance(request, kept, treated, findings)
    drawn = int((arm == 1).sum()), int((arm == 0).sum())
    return FlatTrial(Trial(matrix, names, treated, outcome[known], chance), drawn, planned, tuple(findings), columns)


def _check_names(request: TrialRequest, known: list[str]) -> None:
    asked = {
        "--treatment": (request.treatment,),
        "--outcome": (request.outcome,),
        "--id": request.ids,
        "--exclude": request.exclude,
        "--assigned-at": (request.assigned_at,) if request.assigned_at else (),
        "--outcome-at": (request.outcome_at,) if request.outcome_at else (),
    }
    check_columns(asked, known, request.table, "nothing was compared")
    if request.treatment == request.outcome:
        raise YourMistake(
            f"'{request.treatment}' cannot be the treatment and the outcome",
            place=Place(str(request.table), column=request.treatment),
            expected="two columns: what was done, and what became of it",
        )


def _check_times(request: TrialRequest, rows: pa.Table, in_arm: np.ndarray) -> None:
    if not (request.assigned_at and request.outcome_at):
        return
    drawn, seen = days(rows[request.assigned_at]), days(rows[request.outcome_at])
    early = np.flatnonzero(in_arm & (seen < drawn))
    if early.size:
        raise YourMistake(
            f"{early.size} outcomes are dated before the arm was drawn",
            place=Place(str(request.table), int(early[0]) + 2, request.outcome_at),
            expected=f"'{request.outcome_at}' on or after '{request.assigned_at}'",
            state="nothing was compared; the place is the first such row",
            then="mend the dates, or take outcomes from after the draw",
        )


def _repeated(request: TrialRequest, rows: pa.Table, arm: np.ndarray) -> list[Finding]:
    """People with several rows: in both arms they have no effect of their own, and even in one they count twice."""
    found = []
    for name in request.ids:
        mine = rows.filter(pa.array(arm >= 0))
        who = texts(mine[name]).combine_chunks().dictionary_encode().indices
        code = np.asarray(who.fill_null(-1).to_numpy(zero_copy_only=False))
        code = code[code >= 0]
        twice = int(code.size - np.unique(code).size)
        if twice:
            found.append(Finding("repeated", name, str(twice)))
    return found


def _columns(rows: pa.Table, request: TrialRequest, findings: list[Finding]) -> tuple[Column, ...]:
    left_out = {request.treatment, request.outcome, request.assigned_at, request.outcome_at, request.chance}
    columns = []
    for name in rows.column_names:
        if name in left_out or name in request.ids or name in request.exclude:
            continue
        column = infer(name, rows[name])
        if column.kind in {"identifier", "empty"}:
            findings.append(Finding("identifier" if column.kind == "identifier" else "all_null", name))
            continue
        if column.unread:
            findings.append(Finding("unread", name, str(column.unread)))
        if column.kind == "code":
            findings.append(Finding("code", name))
        if is_protected(name):
            findings.append(Finding("protected", name))
        columns.append(column)
    return tuple(columns)


def _matrix(column: Column, rows: pa.Table) -> Floats:
    """Its features; a code with many values stands as how often each occurs, which looks at no outcome."""
    values = column.matrix(rows[column.name])
    if column.kind != "code":
        return values
    _, where, counts = np.unique(values[:, 0], return_inverse=True, return_counts=True)
    return np.where(np.isnan(values[:, 0]), np.nan, counts[where])[:, None]


def _chance(
    request: TrialRequest, rows: pa.Table, treated: np.ndarray, findings: list[Finding]
) -> tuple[Floats | None, float | None]:
    """(n,) chances to be treated, or None to estimate them; and the planned share where it is one number."""
    said = request.chance
    if said is None:
        findings.append(Finding("plan_unknown", "", f"{treated.mean():.4f}"))
        return np.full(treated.size, treated.mean()), None
    if said == ESTIMATE:
        findings.append(Finding("estimated"))
        return None, None
    if said in rows.column_names:
        return _chance_column(request, rows[said]), None
    try:
        planned = float(said)
    except ValueError:
        planned = np.nan
    if not 0 < planned < 1:
        raise YourMistake(
            f"--propensity: '{said}' is neither a share, a column, nor '{ESTIMATE}'",
            place=Place(str(request.table)),
            expected="the planned share of treated, above 0 and below 1, such as 0.5",
            then=did_you_mean(said, [*rows.column_names, ESTIMATE]),
        )
    return np.full(treated.size, planned), planned


def _chance_column(request: TrialRequest, column: pa.ChunkedArray) -> Floats:
    found = numbers(column)
    wrong = np.flatnonzero(~((found > 0) & (found < 1)))
    if wrong.size:
        raise YourMistake(
            f"{wrong.size} chances to be treated are not between 0 and 1",
            place=Place(str(request.table), column=request.chance),
            expected="for every row the chance with which it was drawn to be treated, above 0 and below 1",
            state="nothing was compared",
            then=f"mend the column, or say --propensity {ESTIMATE}",
        )
    return found
