"""Checks of good rows against each other and the lake: references, duplicates, conflicting keys, new versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.errors import Place, YourMistake
from liuke.lake import Lake, newest
from liuke.tables import CONTRACTS, Table

ROW = ("_entry", "_file_no", "_line")
"""What identifies a delivered row within a load."""
WINDOW = timedelta(days=31)
"""Facts are compared with lake rows of the batch's own days and this much around, not with all of history."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Good rows of one table in one load, and the span of their business dates (None for undated tables)."""

    table: Table
    source: str
    batch_id: str
    rows: ir.Table
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What came of a batch. bad: rows with `_rule`, `_column`, `_value`; accepted: the rest; counts are rows."""

    accepted: ir.Table
    bad: ir.Table | None
    bad_rows: int
    duplicates: int


def judge(engine: Engine, lake: Lake, batch: Batch) -> Verdicts:
    """Splits the batch. The lake must not change between this and the append (see `table_lock`)."""
    known = _known(engine, lake, batch)
    missing = _missing_references(engine, lake, batch)
    counts = _counts(engine, batch, known, missing)
    rows, bad, bad_rows = batch.rows, [], 0
    absent = {name: table for name, table in missing.items() if counts[f"ref:{name}"]}
    if absent:
        for name in absent:
            _refuse_unloaded(lake, batch.table, name)
        unknown = engine.materialise(_unknown(rows, absent))
        rows = rows.anti_join(unknown, list(ROW))
        bad.append(unknown)
        bad_rows += engine.count(unknown.select(*ROW).distinct())
    if not (counts["again"] or counts["lake"]):
        return Verdicts(rows, _stacked(bad), bad_rows, 0)
    judged = engine.materialise(_judged(rows, known, batch.table))
    conflicts = judged.filter(judged["_verdict"] == "conflicting_key")
    duplicates = engine.count(judged.filter(judged["_verdict"] == "duplicate"))
    conflicting = engine.count(conflicts)
    if conflicting:
        bad.append(_as_bad(conflicts, batch.table))
    rows = rows.anti_join(judged.filter(judged["_verdict"] != "new"), list(ROW))
    return Verdicts(rows, _stacked(bad), bad_rows + conflicting, duplicates)


def _known(engine: Engine, lake: Lake, batch: Batch) -> ir.Table | None:
    """Lake rows the batch may repeat, those of the batch itself left out: a re-run after a crash judges the same."""
    if lake.version(batch.table) is None:
        return None
    rows = lake.scan(engine, batch.table)
    rows = rows.filter(~((rows.source == batch.source) & (rows.batch_id == batch.batch_id)))
    if batch.table.history:
        return rows
    if batch.first and batch.last:
        rows = rows.filter(rows.business_date.between(batch.first - WINDOW, batch.last + WINDOW))
    return rows


def _missing_references(engine: Engine, lake: Lake, batch: Batch) -> dict[str, ir.Table]:
    """Per referencing column, the distinct values the referenced table does not know."""
    missing = {}
    for column in batch.table.columns:
        if column.references:
            other, key = column.references.split(".")
            known = lake.scan(engine, CONTRACTS[other])
            known = known.select(_ref=known[key]).distinct()
            mine = batch.rows.select(_ref=batch.rows[column.name]).distinct()
            mine = mine.filter(mine["_ref"].notnull())
            missing[column.name] = mine.anti_join(known, "_ref")
    return missing


def _counts(engine: Engine, batch: Batch, known: ir.Table | None, missing: dict[str, ir.Table]) -> dict[str, int]:
    """One query: unknown values per reference, keys that repeat in the batch, keys the lake has."""
    key = list(batch.table.key)
    keys = batch.rows.group_by(key).aggregate(_n=ibis._.count())
    parts = {f"ref:{name}": table.aggregate(n=table.count()) for name, table in missing.items()}
    parts["again"] = keys.filter(keys["_n"] > 1).aggregate(n=ibis._.count())
    if known is not None:
        hits = known.select(*key).semi_join(batch.rows.select(*key), key)
        parts["lake"] = hits.aggregate(n=hits.count())
    named = [part.mutate(what=ibis.literal(what)) for what, part in parts.items()]
    found = engine.arrow(ibis.union(*named, distinct=False) if len(named) > 1 else named[0]).to_pylist()
    return {"lake": 0} | {row["what"]: row["n"] for row in found}


def _refuse_unloaded(lake: Lake, table: Table, column: str) -> None:
    reference = table.column(column).references or ""
    other = reference.split(".")[0]
    if lake.version(CONTRACTS[other]) is None:
        raise YourMistake(
            f"{table.name}.{column} refers to table {other}, which has no rows yet",
            place=Place(column=f"{table.name}.{column}"),
            expected=f"{other} loaded before {table.name}",
            state=f"nothing of this batch's {table.name} was loaded; its other tables may have been",
            then=f"load a source of {other} first; `liuke load` without names does it in the right order",
        )


def _unknown(rows: ir.Table, absent: dict[str, ir.Table]) -> ir.Table:
    """Rows with an unknown reference, once per such column."""
    parts = []
    for name, values in absent.items():
        hit = rows.semi_join(values, rows[name] == values["_ref"])
        parts.append(
            hit.mutate(_rule=ibis.literal("references"), _column=ibis.literal(name), _value=hit[name].cast("string"))
        )
    return ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]


def _judged(rows: ir.Table, known: ir.Table | None, table: Table) -> ir.Table:
    """Rows whose key occurs more than once, with `_verdict` new, duplicate or conflicting_key.

    Facts: the first row of a key counts, equal ones repeat it, different ones contradict it. History tables:
    a row equal to the version before it repeats it, a different one is a new version.
    """
    key, content = list(table.key), [c.name for c in table.columns if c.name not in table.key]
    own = rows.mutate(_lake=ibis.literal(False))
    order = ["_lake", "_at", *ROW] if table.history else ["_lake", *ROW]
    if known is not None:
        stored = newest(known, table) if table.history else known
        stored = stored.semi_join(rows.select(*key), key)
        stored = stored.select(
            *[n for n in table.names if n in rows.columns], _at=stored["ingested_at"], _lake=ibis.literal(True),
            **{n: ibis.literal(-1).cast("int64") for n in ROW},
        )  # fmt: skip
        own = ibis.union(own, stored.select(*own.columns), distinct=False)
    own = own.mutate(_own=own["_lake"].ifelse(0, 1)).drop("_lake")
    order = ["_own", *order[1:]]
    window = ibis.window(group_by=key, order_by=order)
    # One struct instead of a column each: the same verdict, and a far smaller query to compile.
    own = own.mutate(_content=ibis.struct({c: own[c] for c in content}))
    before = own["_content"].lag() if table.history else own["_content"].first()
    nth, size = ibis.row_number().over(window), own[key[0]].count().over(ibis.window(group_by=key))
    own = own.mutate(_nth=nth, _size=size, _before=before.over(window))
    same = own["_content"].identical_to(own["_before"])
    other = "new" if table.history else "conflicting_key"
    own = own.mutate(_verdict=ibis.cases((own["_nth"] == 0, "new"), (same, "duplicate"), else_=other))
    return own.filter((own["_own"] == 1) & (own["_size"] > 1)).drop("_content", "_before", "_nth", "_size", "_own")


def _as_bad(conflicts: ir.Table, table: Table) -> ir.Table:
    value = conflicts[table.key[0]].cast("string")
    for name in table.key[1:]:
        value = value + ibis.literal(", ") + conflicts[name].cast("string")
    return conflicts.mutate(
        _rule=ibis.literal("conflicting_key"), _column=ibis.literal(", ".join(table.key)), _value=value
    ).drop("_verdict")


def _stacked(parts: list[ir.Table]) -> ir.Table | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else ibis.union(parts[0], parts[1].select(*parts[0].columns), distinct=False)
