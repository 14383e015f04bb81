"""`liuke train --table`: one file with one row per customer → a judged model."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from liuke.engine import Engine
from liuke.errors import Place, YourMistake
from liuke.insight.churn.learning.checks import Finding, told_of
from liuke.insight.churn.learning.crossval import CrossValidated, Tick, cross_validate
from liuke.insight.churn.learning.data import Examples
from liuke.insight.churn.learning.evaluate import Evaluation, Keys, evaluate
from liuke.insight.churn.learning.flat.asked import check_columns
from liuke.insight.churn.learning.flat.columns import Column, infer
from liuke.insight.churn.learning.flat.label import binary_label
from liuke.insight.churn.learning.flat.protected import groups_of, is_protected
from liuke.insight.churn.learning.flat.read import read_flat
from liuke.insight.churn.learning.flat.values import days, numbers
from liuke.insight.churn.learning.settings import TrainSettings
from liuke.insight.churn.learning.train import Trained, train

FLAT = TrainSettings(augment=True)
"""A flat table brings no windows or ratios of its own, so the model derives what columns of like scale say together."""


PERIOD = "period"
"""The slicing of a table with --time."""
MAX_PERIODS = 60
"""With more different times than that, periods of 30 days are made."""
EARLIEST = date(1900, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class FlatRequest:
    """What to train from. positive: the label's value that means "left", where it is not plain.

    ids: columns that only name people. time: when a row was taken; orders the validation. exclude: left out.
    protect: left out of the features and compared between groups on the card.
    """

    table: Path
    label: str
    positive: str | None = None
    ids: tuple[str, ...] = ()
    time: str | None = None
    exclude: tuple[str, ...] = ()
    protect: tuple[str, ...] = ()
    folds: int = 5
    repeats: int = 3
    seed: int = 1
    settings: TrainSettings = FLAT


@dataclass(frozen=True, slots=True)
class Prepared:
    """A table as examples. groups: people by sex, age band …, beside the features. data: hash of the file."""

    examples: Examples
    columns: tuple[Column, ...]
    settings: TrainSettings
    findings: tuple[Finding, ...]
    groups: Mapping[str, Keys]
    slices: Mapping[str, Keys]
    data: str
    whole: int


@dataclass(frozen=True, slots=True)
class FlatTrained:
    """The model trained on the whole table, and how models trained the same way did on people they had not seen."""

    prepared: Prepared
    crossval: CrossValidated
    evaluation: Evaluation
    trained: Trained
    findings: tuple[Finding, ...] = field(default=())


def train_flat(engine: Engine, request: FlatRequest, tick: Tick = lambda _done, _all: None) -> FlatTrained:
    """Reads, checks, cross-validates, then trains on everything. Writes nothing."""
    prepared = prepare_flat(engine, request)
    examples, settings = prepared.examples, prepared.settings
    with told_of(Place(str(request.table))):
        found = cross_validate(
            examples, folds=request.folds, repeats=request.repeats, seed=request.seed, settings=settings, tick=tick
        )
    held = ~np.isnan(found.scores[0])
    evaluation = evaluate(
        examples.label[held],
        found.scores[0][held],
        slices={name: keys[held] for name, keys in prepared.slices.items()},
        groups={name: keys[held] for name, keys in prepared.groups.items()},
        baselines=found.beside,
    )
    trained = train(examples, None, seed=request.seed, settings=settings)
    return FlatTrained(prepared, found, evaluation, trained, (*prepared.findings, *trained.findings))


def prepare_flat(engine: Engine, request: FlatRequest) -> Prepared:
    """The table as examples; YourMistake for unknown column names, a label that is not binary, an unread time."""
    with tempfile.TemporaryDirectory(prefix="liuke-table-") as folder:
        read = read_flat(engine, request.table, Path(folder), seed=request.seed)
    _check_names(request, read.rows.column_names)
    label = binary_label(request.label, read.rows[request.label], request.positive, str(request.table))
    findings: list[Finding] = []
    rows, label, group = _labelled(read.rows, label, request, findings)
    columns = _columns(rows, request, findings)
    matrix = np.hstack([c.matrix(rows[c.name]) for c in columns]) if columns else np.empty((label.size, 0))
    if read.rows.num_rows < read.whole:
        findings.append(Finding("sampled", "*", f"{read.rows.num_rows} / {read.whole}", used=True))
    codes = tuple(c.name for c in columns if c.kind == "code")
    return Prepared(
        Examples(matrix, tuple(n for c in columns for n in c.features), label, group),
        columns,
        replace(request.settings, codes=codes),
        tuple(findings),
        _groups(rows, request),
        {} if group is None else {PERIOD: _period_names(group)},
        _file_hash(request.table),
        read.whole,
    )


def _check_names(request: FlatRequest, known: list[str]) -> None:
    asked = {
        "--label": (request.label,),
        "--id": request.ids,
        "--time": (request.time,) if request.time else (),
        "--exclude": request.exclude,
        "--protect": request.protect,
    }
    check_columns(asked, known, request.table, "nothing was trained or written")
    other = {n for option, names in asked.items() if option != "--label" for n in names}
    if request.label in other:
        raise YourMistake(f"'{request.label}' is the label and cannot be left out or order time as well")


def _labelled(
    rows: pa.Table, label: np.ndarray, request: FlatRequest, findings: list[Finding]
) -> tuple[pa.Table, np.ndarray, np.ndarray | None]:
    """Rows with a label and, with --time, a time."""
    known = label >= 0
    if not known.all():
        findings.append(Finding("unlabelled", request.label, str(int((~known).sum()))))
    group = None if request.time is None else _periods(rows[request.time], request)
    if group is not None and (group < 0).any():
        findings.append(Finding("undated", str(request.time), str(int((group < 0).sum()))))
        known &= group >= 0
    return rows.filter(pa.array(known)), label[known], None if group is None else group[known]


def _period_names(group: np.ndarray) -> Keys:
    """Days as dates; numbers that are no days as they are."""
    names = {g: date.fromordinal(g).isoformat() if g >= EARLIEST else str(g) for g in np.unique(group).tolist()}
    return np.asarray([names[g] for g in group.tolist()], dtype=np.str_)


def _periods(column: pa.ChunkedArray, request: FlatRequest) -> np.ndarray:
    """Ordinal days (or the plain number of a period), -1 where null; many different days become months."""
    when = days(column)
    if np.isnan(when).all():
        when = numbers(column)
    if np.isnan(when).all():
        raise YourMistake(
            f"--time: '{request.time}' holds no dates",
            place=Place(str(request.table), column=request.time),
            expected="dates such as 2026-01-31, or rising numbers of periods",
            state="nothing was trained or written",
            then="name another column with --time, or leave it out (figures are then flattered)",
        )
    periods = np.where(np.isnan(when), -1, when).astype(np.int64)
    if np.unique(periods).size > MAX_PERIODS:
        periods = np.where(periods < 0, -1, periods - periods % 30)
    return periods


def _columns(rows: pa.Table, request: FlatRequest, findings: list[Finding]) -> tuple[Column, ...]:
    left_out = {request.label, request.time, *request.ids, *request.exclude, *request.protect}
    columns = []
    for name in rows.column_names:
        if name in left_out:
            continue
        column = infer(name, rows[name])
        if column.kind in {"identifier", "empty"}:
            findings.append(Finding("identifier" if column.kind == "identifier" else "all_null", name, ""))
            continue
        if column.unread:
            findings.append(Finding("unread", name, str(column.unread), used=True))
        if is_protected(name):
            findings.append(Finding("protected", name, "", used=True))
        columns.append(column)
    return tuple(columns)


def _groups(rows: pa.Table, request: FlatRequest) -> dict[str, Keys]:
    names = [n for n in rows.column_names if n in request.protect or (is_protected(n) and n not in request.exclude)]
    found = {n: groups_of(infer(n, rows[n]), rows[n]) for n in names if n != request.label}
    return {n: keys for n, keys in found.items() if keys is not None}


def _file_hash(path: Path) -> str:
    with path.open("rb") as handle:
        return "sha256:" + hashlib.file_digest(handle, "sha256").hexdigest()
