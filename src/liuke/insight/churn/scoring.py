"""Scores of all customers from their de-identified features, streamed through the model batch by batch.

The model sees pseudonyms only (govern/pseudonym); customer numbers come back by a join inside the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.govern.pseudonym import pseudonymised, subjects_below, with_subject
from liuke.insight.churn.explain import Spoken, spoken
from liuke.insight.churn.influence import CODES
from liuke.insight.churn.learning.artefact import Artefact
from liuke.insight.churn.learning.model import Model
from liuke.insight.churn.levers import Levers, levers
from liuke.insight.churn.watch.histogram import ENOUGH, Histogram
from liuke.insight.features.registry import FEATURES
from liuke.tables.scores import LEVERS_KEPT, REASONS_KEPT

Floats = npt.NDArray[np.float64]
BATCH = 65_536
"""Customers scored at a time: 200 features of them are 100 MB."""
REASON_COLUMNS = tuple(
    (f"reason_{place}{tail}", kind)
    for place in range(1, REASONS_KEPT + 1)
    for tail, kind in (("", pa.string()), ("_value", pa.float64()), ("_points", pa.float64()))
)
LEVER_COLUMNS = tuple(
    (f"lever_{place}{tail}", kind)
    for place in range(1, LEVERS_KEPT + 1)
    for tail, kind in (
        ("", pa.string()), ("_value", pa.float64()), ("_target", pa.float64()), ("_probability", pa.float64()),
    )
)  # fmt: skip
_PROBABILITIES = pa.schema([("subject", pa.string()), ("probability", pa.float64())])
_REASONS = pa.schema([("subject", pa.string()), ("cause", pa.string()), *REASON_COLUMNS])


@dataclass(frozen=True, slots=True)
class Scored:
    """What one model says about one day.

    rows: customer_id, probability; materialised. seen: how features and score are distributed, in the bins of the
    training.
    """

    rows: ir.Table
    seen: Histogram


def score(engine: Engine, features: ir.Table, artefact: Artefact, key: str) -> Scored:
    """The probability of every row of `features` (customer_id and a column per feature; one day).

    key: the bank's for pseudonyms. Memory holds one batch. Raises YourMistake when a feature the model was trained
    on is not built any more.
    """
    model = artefact.model
    view = _view(features, artefact, key)
    # In the order of the matrix: a model read from disk keeps its references by name.
    seen = Histogram({name: model.references[name] for name in model.names}, model.score_reference)
    limit = subjects_below(ENOUGH / max(engine.count(features), 1))

    def scored(subjects: pa.Array, matrix: Floats) -> pa.RecordBatch:
        learned = as_learned(matrix)
        probability = model.predict(learned)
        seen.add(learned, probability, pc.less(subjects, limit).to_numpy(zero_copy_only=False))
        return pa.record_batch([subjects, probability], schema=_PROBABILITIES)

    return Scored(_streamed(engine, features, view, model, key, (_PROBABILITIES, scored)), seen)


def reasons(engine: Engine, features: ir.Table, artefact: Artefact, key: str, *, with_levers: bool = False) -> ir.Table:
    """The reasons of every row of `features`: customer_id, cause, reason_1, reason_1_value, reason_1_points, …

    with_levers: also what would change the score: lever_1, lever_1_value, lever_1_target, lever_1_probability, …
    Exact contributions cost some fifty times a probability, so hand in those who may be warned. Materialised.
    """
    model = artefact.model
    declared = [FEATURES.get(name) for name in model.names]
    families = [f.family if f else name for f, name in zip(declared, model.names, strict=True)]
    causes = [f.cause if f else None for f in declared]
    typical = typical_values(model)
    schema = pa.schema([*_REASONS, *(pa.field(*column) for column in LEVER_COLUMNS if with_levers)])

    def predicted(asked: Floats) -> Floats:
        return model.predict(as_learned(asked))

    def explained(subjects: pa.Array, matrix: Floats) -> pa.RecordBatch:
        points = model.contributions(as_learned(matrix))[:, :-1]
        found = spoken(points, families, causes, REASONS_KEPT)
        cause = _named(found.cause, found.causes)
        columns = [subjects, cause, *_columns(found, model, matrix)]
        if with_levers:
            columns += _lever_columns(levers(predicted, matrix, points, model.names, typical))
        return pa.record_batch(columns, schema=schema)

    return _streamed(engine, features, _view(features, artefact, key), model, key, (schema, explained))


def _view(features: ir.Table, artefact: Artefact, key: str) -> ir.Table:
    names = artefact.model.names
    missing = [name for name in names if name not in features.columns]
    if missing:
        raise YourMistake(
            f"the model {artefact.origin.name} {artefact.origin.version} needs features that are not built: "
            + ", ".join(missing[:5]),
            state="nobody was scored",
            then="restore the sources that feed them, or train a new model (liuke train)",
        )
    return pseudonymised(features.select("customer_id", *names), key)


def _streamed(
    engine: Engine,
    features: ir.Table,
    view: ir.Table,
    model: Model,
    key: str,
    step: tuple[pa.Schema, Callable[[pa.Array, Floats], pa.RecordBatch]],
) -> ir.Table:
    """Runs every batch of the view through `step`, then joins customer numbers back to what came out."""
    schema, work = step
    made = (work(subjects, matrix) for subjects, matrix in _matrices(engine, view, model.names))
    found = engine.from_arrow(pa.RecordBatchReader.from_batches(schema, made))
    back = with_subject(features.select("customer_id"), key)
    whole = engine.materialise(found.inner_join(back, "subject").drop("subject"))
    engine.release(found)
    return whole


def as_learned(matrix: Floats) -> npt.NDArray[np.float32]:
    """The features in the precision in which the model learned them and keeps its bins (dataset.py).

    A value that stood on an edge at the training stays there; and the last digits of a logarithm, in which engines
    differ, decide nothing.
    """
    return matrix.astype(np.float32)


def _matrices(engine: Engine, view: ir.Table, names: tuple[str, ...]) -> Iterator[tuple[pa.Array, Floats]]:
    """Batches as subjects and (n, p) matrices, NaN for null."""
    for batch in engine.batches(view.select("subject", *names), BATCH):
        matrix = np.empty((batch.num_rows, len(names)), np.float64)
        for place, name in enumerate(names):
            matrix[:, place] = batch.column(name).to_numpy(zero_copy_only=False)
        if batch.num_rows:
            yield batch.column("subject").cast(pa.string()), matrix


def _columns(found: Spoken, model: Model, matrix: Floats) -> Iterator[pa.Array]:
    lines = np.arange(len(matrix))
    for place in range(REASONS_KEPT):
        if place >= found.feature.shape[1]:
            yield from (pa.nulls(len(matrix), pa.string()), *[pa.nulls(len(matrix), pa.float64())] * 2)
            continue
        feature = found.feature[:, place]
        silent = feature < 0
        value = matrix[lines, np.maximum(feature, 0)]
        yield _named(feature, model.names)
        yield pa.array(value, mask=silent | np.isnan(value))
        yield pa.array(found.points[:, place], mask=silent)


def _lever_columns(found: Levers) -> Iterator[pa.Array]:
    for place in range(LEVERS_KEPT):
        code = found.code[:, place]
        yield _named(code, CODES)
        for numbers in (found.value, found.target, found.probability):
            yield pa.array(numbers[:, place], mask=(code < 0) | np.isnan(numbers[:, place]))


def _named(number: npt.NDArray[np.int64], names: tuple[str, ...]) -> pa.Array:
    if not names:
        return pa.nulls(len(number), pa.string())
    return pa.array(names, pa.string()).take(pa.array(number, mask=number < 0))


def typical_values(model: Model) -> dict[str, float | None]:
    """The median of each feature among the customers the model learned from: the upper edge of the bin that holds
    it, None where most had no value or the bin is open.
    """
    found: dict[str, float | None] = {}
    for name, reference in model.references.items():
        known = 1 - reference.null
        place = int(np.searchsorted(np.cumsum(reference.shares), known / 2 - 1e-12))
        found[name] = reference.edges[place] if known > 0.5 and place < len(reference.edges) else None
    return found
