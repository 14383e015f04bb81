"""Raw rows of an entry → rows with one typed value and one finding per contract column. Nothing is dropped here.

Before, for a transaction file          After (`_f_` finding, `_x_` offending text)
  _line  amt     day                      _line  _skip  amount  _f_amount  _x_amount  …
  2      "1,5"   2026-03-01               2      false  null    type       "1,5"
  3      "8.00"  2026-03-01               3      false  8.00    null       null
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from liuke.collect.ingest import dated
from liuke.collect.mapping import ColumnMap, FileMap, Formats, Lookup
from liuke.collect.raw import Raw, Reader
from liuke.collect.values import cleaned, converted, local_date, md5, parsed, stripped
from liuke.engine import Engine
from liuke.errors import Place, YourMistake, did_you_mean
from liuke.tables import Column, Table

_PAST_ONLY = frozenset({"opened_on", "birth_date", "risk_assessed_on"})


@dataclass(frozen=True, slots=True)
class Origin:
    """What a value needs to know of its load. last_day: the last day that is not in the future."""

    zone: str
    source_zone: str
    last_day: date
    now: datetime
    backfill: bool


def shaped(reader: Reader, entry: FileMap, origin: Origin) -> tuple[ir.Table, Raw]:
    """The entry's rows: contract columns, `business_date`, `_at`, `_f_*`, `_x_*`, `_skip`, `_bad`, `_repeat`,
    `_file_no`, `_line`; and the raw rows they came from.
    """
    raw = reader.read(entry)
    rows = raw.rows
    for name, lookup in entry.lookups.items():
        rows = _looked_up(reader, rows, name, lookup)
    for name, sql in entry.derive.items():
        rows = reader.engine.with_sql(rows, {name: sql})
    rows = _selected(reader.engine, rows, entry)
    specs = _specs(entry, raw.names)
    rows = _with_sql_columns(reader.engine, rows, specs)
    _check_names(entry, specs, rows, raw)
    exact = set(raw.names) if entry.kind == "parquet" else set()
    rows = _typed(reader.engine, rows, entry, specs, origin, exact)
    return _checked(reader.engine, rows, entry.contract, origin), raw


def _specs(entry: FileMap, names: tuple[str, ...]) -> dict[str, ColumnMap]:
    if entry.columns is not None:
        return entry.columns
    found = {c.name: ColumnMap(**{"from": c.name}) for c in entry.contract.columns if c.name in names}
    absent = next((c.name for c in entry.contract.columns if not c.nullable and c.name not in found), None)
    if absent:
        raise YourMistake(
            f"the file has no column '{absent}', which table {entry.table} needs; {did_you_mean(absent, names)}",
            place=Place(entry.path, column=absent),
            state="nothing was loaded",
            then="map it under `columns` in the source's YAML",
        )
    return found


def _check_names(entry: FileMap, specs: dict[str, ColumnMap], rows: ir.Table, raw: Raw) -> None:
    for column, spec in specs.items():
        for name in ((spec.from_,) if spec.from_ else ()) + spec.hash:
            _need(name, rows, raw, entry, f"columns.{column}")
    for name in entry.unique:
        _need(name, rows, raw, entry, "unique")


def _need(name: str, rows: ir.Table, raw: Raw, entry: FileMap, where: str) -> None:
    if name not in rows.columns or name.startswith("_"):
        known = [n for n in rows.columns if not n.startswith("_")]
        raise YourMistake(
            f"the source has no column '{name}'; {did_you_mean(name, known)}",
            place=Place(entry.path, column=where),
            expected=f"one of: {', '.join(raw.names)}",
            state="nothing was loaded",
            then="mend the name in the source's YAML; check `csv.delimiter` if the file's columns look glued",
        )


def _looked_up(reader: Reader, rows: ir.Table, name: str, lookup: Lookup) -> ir.Table:
    other = reader.read(lookup)
    for column in (*lookup.by.values(), *lookup.columns):
        if column not in other.names:
            raise YourMistake(
                f"the looked-up file has no column '{column}'; {did_you_mean(column, other.names)}",
                place=Place(lookup.path, column=f"lookups.{name}"),
                state="nothing was loaded",
                then="mend the name in the source's YAML",
            )
    for column in lookup.by:
        if column not in rows.columns:
            raise YourMistake(
                f"the source has no column '{column}' to look up by; {did_you_mean(column, rows.columns)}",
                place=Place(lookup.path, column=f"lookups.{name}.by"),
                state="nothing was loaded",
                then="mend the name in the source's YAML",
            )
    found = _where(reader.engine, other.rows, lookup.where)
    found = found.filter(found["_keep"])
    keys = {f"_k{i}_{name}": found[k].cast("string") for i, k in enumerate(lookup.by.values())}
    found = found.select(**keys, **{f"{name}_{c}": found[c] for c in lookup.columns})
    _refuse_repeats(reader.engine, found, list(keys), name, lookup)
    pairs = [rows[mine].cast("string") == found[k] for mine, k in zip(lookup.by, keys, strict=True)]
    return rows.left_join(found, pairs).drop(*keys)


def _refuse_repeats(engine: Engine, found: ir.Table, keys: list[str], name: str, lookup: Lookup) -> None:
    repeats = found.group_by(keys).aggregate(_n=ibis._.count())
    [first] = engine.arrow(repeats.filter(repeats["_n"] > 1).limit(1)).to_pylist() or [None]
    if first:
        raise YourMistake(
            f"lookup '{name}' is not unique: {first['_n']} rows share one key, so rows would multiply",
            place=Place(lookup.path, column=f"lookups.{name}"),
            state="nothing was loaded",
            then="add a `where` to the lookup that leaves one row per key",
        )


def _where(engine: Engine, rows: ir.Table, condition: str | None) -> ir.Table:
    if condition is None:
        return rows.mutate(_keep=ibis.literal(True))
    return engine.with_sql(rows, {"_keep": f"coalesce(({condition}), false)"})


def _selected(engine: Engine, rows: ir.Table, entry: FileMap) -> ir.Table:
    """Adds `_skip` (left out on purpose) and `_repeat` (breaks `unique`)."""
    rows = _where(engine, rows, entry.where)
    keep = rows["_keep"]
    if entry.keep_last:
        last = entry.keep_last
        if last.order_by:
            rows = engine.with_sql(rows, {"_order": last.order_by})
        order = [ibis.desc(n) for n in (*(("_order",) if last.order_by else ()), "_file_no", "_line")]
        window = ibis.window(group_by=[rows[c] for c in last.per] + [rows["_keep"]], order_by=order)
        rows = rows.mutate(_nth=ibis.row_number().over(window))
        keep = rows["_keep"] & (rows["_nth"] == 0)
    rows = rows.mutate(_skip=~keep)
    if not entry.unique:
        return rows.mutate(_repeat=ibis.literal(False))
    window = ibis.window(group_by=[rows[c] for c in entry.unique] + [rows["_skip"]], order_by=["_file_no", "_line"])
    return rows.mutate(_repeat=~rows["_skip"] & (ibis.row_number().over(window) > 0))


def _with_sql_columns(engine: Engine, rows: ir.Table, specs: dict[str, ColumnMap]) -> ir.Table:
    wanted = {f"_sql_{name}": spec.sql for name, spec in specs.items() if spec.sql is not None}
    return engine.with_sql(rows, wanted) if wanted else rows


def _typed(
    engine: Engine, rows: ir.Table, entry: FileMap, specs: dict[str, ColumnMap], origin: Origin, exact: set[str]
) -> ir.Table:
    """Adds `_t_<column>` (clean text), `_u_` (mapped text) where there is text, and `_v_` (the typed value).

    One engine layer per step, so that each text is stripped, translated and parsed once however often it is used.
    exact: columns of Parquet files, whose text is taken as it is.
    """
    pieces = {c: _origin_of(rows, c, specs.get(c.name), origin, exact) for c in entry.contract.columns}
    formats = {c.name: _formats(entry.formats, specs[c.name], c) for c, p in pieces.items() if isinstance(p, _Text)}
    first: dict[str, ir.Value] = {}
    for column, piece in pieces.items():
        if isinstance(piece, _Text):
            first[f"_a_{column.name}"] = stripped(piece.value, formats[column.name])
            continue
        first[f"_v_{column.name}"] = piece.value
        if piece.shown is not None:
            first[f"_t_{column.name}"] = piece.shown
    rows = rows.mutate(**first)
    texts = [c for c in entry.contract.columns if c.name in formats]
    return _parsed(engine, rows, texts, formats, specs, origin) if texts else rows


def _parsed(
    engine: Engine,
    rows: ir.Table,
    texts: list[Column],
    formats: dict[str, Formats],
    specs: dict[str, ColumnMap],
    origin: Origin,
) -> ir.Table:
    rows = engine.layer(rows)
    rows = rows.mutate(**{f"_t_{c.name}": cleaned(rows[f"_a_{c.name}"], c, formats[c.name]) for c in texts})
    rows = engine.layer(rows)
    maps = {c.name: specs[c.name] for c in texts if specs[c.name].value_map is not None}
    if maps:
        rows = engine.layer(rows.mutate(**{f"_u_{n}": _mapped(rows[f"_t_{n}"], spec) for n, spec in maps.items()}))
    values = {}
    for column in texts:
        text = rows[f"_u_{column.name}" if column.name in maps else f"_t_{column.name}"]
        values[f"_v_{column.name}"] = parsed(text, column, formats[column.name], origin.source_zone)
    return engine.layer(rows.mutate(**values))


@dataclass(frozen=True, slots=True)
class _Text:
    """A column still to be read from text."""

    value: ir.StringValue


@dataclass(frozen=True, slots=True)
class _Typed:
    """A column that is typed already. shown: its source value as text, where the conversion can fail."""

    value: ir.Value
    shown: ir.StringValue | None = None


def _origin_of(  # noqa: PLR0911 - one per kind of origin
    rows: ir.Table, column: Column, spec: ColumnMap | None, origin: Origin, exact: set[str]
) -> _Text | _Typed:
    if spec is None:
        return _Typed(ibis.null(_ibis_type(column)))
    if spec.const is not None:
        return _Typed(_constant(column, spec.const, origin))
    if spec.hash:
        return _Typed(_hashed(rows, spec))
    value = rows[spec.from_] if spec.from_ else rows[f"_sql_{column.name}"]
    if spec.value_map is not None:
        return _Text(value if value.type().is_string() else value.cast("string"))
    direct = converted(value, column, origin.source_zone)
    if direct is not None:
        lossless = value.type().copy(nullable=True) == direct.type().copy(nullable=True)
        return _Typed(direct, None if lossless else value.cast("string"))
    if value.type().is_string() and column.kind == "string" and spec.from_ in exact:
        return _Typed(value if column.nullable else value.nullif(""))  # an empty id is no id
    return _Text(value if value.type().is_string() else value.cast("string"))


def _mapped(text: ir.StringValue, spec: ColumnMap) -> ir.StringValue:
    """The text through the value map; null where the map has no entry. An entry for "" maps empty values."""
    pairs = dict(spec.value_map or {})
    empty = ibis.literal(pairs.pop("", None), "string")
    rest = ibis.null("string") if spec.default is None else ibis.literal(spec.default)
    known = [(text == word, meaning) for word, meaning in pairs.items()]
    return ibis.cases((text.isnull(), empty), *known, else_=rest)


def _hashed(rows: ir.Table, spec: ColumnMap) -> ir.StringValue:
    parts = [ibis.coalesce(rows[c].cast("string"), ibis.literal("\x00")) for c in spec.hash]
    if spec.number_repeats:
        window = ibis.window(group_by=[rows[c] for c in spec.hash], order_by=["_file_no", "_line"])
        parts.append(ibis.row_number().over(window).cast("string"))
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + ibis.literal("\x1f") + part
    return ibis.literal(spec.prefix) + md5(joined)


def _formats(formats: Formats, spec: ColumnMap, column: Column) -> Formats:
    changed: dict[str, object] = {}
    if spec.format:
        changed["timestamps" if column.kind == "timestamp" else "dates"] = spec.format
    for key in ("decimal", "thousands", "strip"):
        if getattr(spec, key) is not None:
            changed[key] = getattr(spec, key)
    return formats.model_copy(update=changed) if changed else formats


def _constant(column: Column, text: str, origin: Origin) -> ir.Value:  # noqa: PLR0911 - one per kind
    try:
        match column.kind:
            case "string":
                return ibis.literal(text)
            case "money":
                return ibis.literal(Decimal(text), "decimal(18, 2)")
            case "int":
                return ibis.literal(int(text)).cast("int64")
            case "float":
                return ibis.literal(float(text)).cast("float64")
            case "bool":
                return ibis.literal({"true": True, "false": False}[text.lower()])
            case "date":
                return ibis.literal(date.fromisoformat(text))
    except (ValueError, KeyError, InvalidOperation) as error:
        raise YourMistake(
            f"const '{text}' is not a {column.kind}",
            place=Place(column=f"columns.{column.name}"),
            then="mend the constant in the source's YAML",
        ) from error
    return parsed(ibis.literal(text), column, Formats(), origin.source_zone)


def _checked(engine: Engine, rows: ir.Table, table: Table, origin: Origin) -> ir.Table:
    """Adds the findings, then keeps contract columns and what the later steps need."""
    findings = {c.name: _finding(rows, table, c, origin) for c in table.columns}
    findings = {name: found for name, found in findings.items() if found is not None}
    rows = rows.mutate(**{f"_f_{name}": found for name, found in findings.items()})
    if any(n.startswith("_a_") for n in rows.columns):
        rows = engine.layer(rows)
    bad = ibis.literal(False)
    for name in findings:
        bad = bad | rows[f"_f_{name}"].notnull()
    rows = rows.mutate(_bad=~rows["_skip"] & (bad | rows["_repeat"]))
    kept = {c.name: _as_kind(rows[f"_v_{c.name}"], c) for c in table.columns}
    kept |= {f"_f_{name}": rows[f"_f_{name}"] for name in findings}
    kept |= {f"_x_{name}": _offending(rows, name) for name in findings if f"_t_{name}" in rows.columns}
    rows = rows.select(**kept, **{n: rows[n] for n in ("_skip", "_bad", "_repeat", "_file_no", "_line")})
    return dated(rows, table, origin.zone, origin.now, backfill=origin.backfill)


def _finding(rows: ir.Table, table: Table, column: Column, origin: Origin) -> ir.StringValue | None:
    """The first rule the column's value breaks, as its code; None when it cannot break any."""
    name, value = column.name, rows[f"_v_{column.name}"]
    text = rows[f"_t_{name}"] if f"_t_{name}" in rows.columns else None
    rules: list[tuple[ir.BooleanValue, str]] = []
    if f"_u_{name}" in rows.columns and text is not None:
        rules.append((text.notnull() & rows[f"_u_{name}"].isnull(), "value_map"))
    if text is not None and column.kind != "string":
        rules.append((text.notnull() & value.isnull(), "type"))
    if not column.nullable:
        rules.append((value.isnull(), "required"))
    if column.values:
        rules.append((value.notin(list(column.values)), "values"))
    if column.minimum is not None:
        rules.append((value < column.minimum, "minimum"))
    if column.maximum is not None:
        rules.append((value > column.maximum, "maximum"))
    if name == table.event_time or name in _PAST_ONLY:
        day = local_date(value, origin.zone) if column.kind == "timestamp" else value
        rules.append((day > ibis.literal(origin.last_day), "future_date"))
    return ibis.cases(*rules, else_=ibis.null("string")) if rules else None


def _offending(rows: ir.Table, name: str) -> ir.StringValue:
    return rows[f"_f_{name}"].notnull().ifelse(rows[f"_t_{name}"], ibis.null("string"))


def as_json(rows: ir.Table, names: tuple[str, ...]) -> ir.StringValue:
    """The named columns as one JSON object of texts."""
    keys = ibis.literal(list(names), "array<string>")
    return to_json(ibis.map(keys, ibis.array([rows[n].cast("string") for n in names]))).cast("string")


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def to_json(pairs: dict[str, str]) -> dt.json:
    """The engine's own."""


def _as_kind(value: ir.Value, column: Column) -> ir.Value:
    """Casts only where the type differs: every needless cast costs the planner."""
    wanted = dt.dtype(_ibis_type(column))
    return value if value.type().copy(nullable=True) == wanted else value.cast(wanted)


def _ibis_type(column: Column) -> str:
    return {"money": "decimal(18, 2)", "timestamp": "timestamp('UTC', 6)", "int": "int64", "float": "float64",
            "bool": "boolean"}.get(column.kind, column.kind)  # fmt: skip
