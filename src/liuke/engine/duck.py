"""The embedded engine: DuckDB in process, with a memory limit and a spill directory."""

from __future__ import annotations

import tempfile
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import psutil
import pyarrow as pa
from ibis.backends.sql.datatypes import DuckDBType

from liuke.engine.duck_sql import DuckCompiler
from liuke.engine.footers import by_missing
from liuke.engine.parameters import Prepared, filled
from liuke.engine.room import Room
from liuke.engine.stopping import Stopping, stopped
from liuke.errors import Place, TryAgain, YourMistake

_EVERY_CONNECTION = ("SET TimeZone = 'UTC'", "SET enable_progress_bar = false")
"""A cursor does not inherit these. DuckDB's own progress bar would be drawn into ours."""

_KEEP_FOOTERS = "SET parquet_metadata_cache = true"
"""Queries about one customer open some forty files, time and again; DuckDB sees when a file has changed."""

# What it warns of is a copy; small results are fetched faster so (see `prepare`).
warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)

_STRICT = {"Int64": "BIGINT", "Float64": "DOUBLE"}
"""Ibis types that DuckDB's results must really have."""


class DuckEngine:
    """DuckDB behind the Engine protocol.

    memory_limit_mb: default half of the machine. spill: directory for what does not fit; a temporary one
    by default, removed by `close`. threads: default all cores.
    """

    def __init__(
        self, *, memory_limit_mb: int | None = None, spill: Path | None = None, threads: int | None = None
    ) -> None:
        self._own_spill = None if spill else tempfile.TemporaryDirectory(prefix="liuke-spill-")
        spill_dir = spill or Path(cast("tempfile.TemporaryDirectory[str]", self._own_spill).name)
        spill_dir.mkdir(parents=True, exist_ok=True)
        limit = memory_limit_mb or psutil.virtual_memory().total // 2**21
        config: dict[str, Any] = {
            "memory_limit": f"{limit}MB",
            "temp_directory": str(spill_dir),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        if threads:
            config["threads"] = threads
        # DuckDB flattens nested SELECTs itself; Ibis doing it too is more than half of its compile time.
        ibis.options.sql.fuse_selects = False
        self._lent: set[str] = set()
        self._over_lent: set[str] = set()
        self._con = ibis.duckdb.connect(**config)
        self._con.compiler = DuckCompiler()
        [used] = self._con.con.execute("SELECT current_setting('threads')::INT").fetchall()[0]
        self._room = Room(used, limit, spill_dir)
        self._stopping = Stopping(self._con.con.interrupt)
        self._scanned: dict[str, ir.Table] = {}
        self._lines = threading.local()
        self._opened: list[duckdb.DuckDBPyConnection] = []
        for setting in (*_EVERY_CONNECTION, _KEEP_FOOTERS):
            self._con.raw_sql(setting)

    @property
    def embedded(self) -> bool:
        """See Engine.embedded."""
        return True

    @property
    def room(self) -> Room:
        """See Engine.room."""
        return self._room

    def scan(self, files: Sequence[str], schema: pa.Schema) -> ir.Table:
        """See Engine.scan."""
        if not files:
            key = str(schema)
            if key not in self._scanned:
                self._scanned[key] = self.from_arrow(schema.empty_table())
            return self._scanned[key]
        # Not union_by_name, which opens every file whenever a query is planned (8 ms for 24 files, DuckDB 2.0).
        groups = by_missing(files, schema.names).items()
        query = " UNION ALL ".join(_read(schema, absent, group) for absent, group in groups)
        if query not in self._scanned:
            self._scanned[query] = self._view(query)
        return self._scanned[query]

    def from_arrow(self, data: pa.Table | pa.RecordBatchReader) -> ir.Table:
        """See Engine.from_arrow."""
        name = self._name()
        with _ClearErrors(self._stopping):
            self._con.con.register(f"{name}_in", data)
            try:
                self._con.raw_sql(f"CREATE TABLE {name} AS SELECT * FROM {name}_in")
            finally:
                self._con.con.unregister(f"{name}_in")
        return self._named(name)

    def lent(self, data: pa.Table) -> ir.Table:
        """See Engine.lent."""
        name = self._name()
        self._con.con.register(name, data)
        self._lent.add(name)
        return self._named(name)

    def from_csv(self, path: str, *, delimiter: str, columns: Sequence[str], skip: int) -> ir.Table:
        """See Engine.from_csv."""
        types = ", ".join(f"{_quoted(c)}: 'VARCHAR'" for c in columns)
        return self._view(
            f"SELECT * FROM read_csv({_quoted(path)}, auto_detect=false, header=false, "
            f"delim={_quoted(delimiter)}, quote='\"', escape='\"', skip={skip}, columns={{{types}}})"
        )

    def from_parquet(self, path: str) -> ir.Table:
        """See Engine.from_parquet."""
        return self._view(f"SELECT * FROM read_parquet({_quoted(path)})")

    def numbered_parquet(self, path: str) -> ir.Table:
        """See Engine.numbered_parquet."""
        return self._view(
            f"SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS _line "
            f"FROM read_parquet({_quoted(path)}, file_row_number=true)"
        )

    def with_sql(self, expr: ir.Table, columns: Mapping[str, str]) -> ir.Table:
        """See Engine.with_sql."""
        added = ", ".join(f'({sql}) AS "{name}"' for name, sql in columns.items())
        try:
            return self._view(f"SELECT *, {added} FROM ({self._con.compile(expr)}) AS _source")
        except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
            raise YourMistake(
                f"the SQL expression is not valid: {str(error).splitlines()[0]}",
                place=Place(column=", ".join(columns)),
                expected="an expression over the source's columns in DuckDB's SQL",
                then="mend the expression in the source's YAML file",
            ) from error

    def json_text(self, column: ir.StringValue, key: str) -> ir.StringValue:
        """See Engine.json_text."""
        return _try(
            _json_extract_string(column, f'$."{key}"')
        )  # text that is no JSON is an error, and TRY makes it null

    def json_texts(self, column: ir.StringValue, keys: Sequence[str]) -> ir.ArrayValue:
        """See Engine.json_texts."""
        return _try_all(_json_extract_strings(column, ibis.array([f'$."{key}"' for key in keys])))

    def layer(self, expr: ir.Table) -> ir.Table:
        """See Engine.layer."""
        return self._view(self._narrow(expr))

    def store(self, expr: ir.Table, path: str) -> ir.Table:
        """See Engine.store."""
        with _ClearErrors(self._stopping):
            self._con.raw_sql(f"COPY ({self._narrow(expr)}) TO {_quoted(path)} (FORMAT parquet, COMPRESSION lz4)")
        return self.from_parquet(path)

    def materialise(self, expr: ir.Table) -> ir.Table:
        """See Engine.materialise."""
        with _ClearErrors(self._stopping):
            name = self._name()
            self._con.raw_sql(f"CREATE TABLE {name} AS {self._narrow(expr)}")
            return self._named(name)

    def gathered(self, parts: Iterable[ir.Table]) -> ir.Table:
        """See Engine.gathered."""
        each = iter(parts)
        whole = self.materialise(next(each))
        for part in each:
            with _ClearErrors(self._stopping):
                self._con.raw_sql(f'INSERT INTO "{whole.get_name()}" BY NAME {self._narrow(part)}')
        return whole

    def release(self, table: ir.Table) -> None:
        """See Engine.release."""
        # Not Ibis's drop_table: with the sqlglot at hand (30.30) it writes a DROP without the name.
        name = table.get_name()
        if name in self._lent:
            self._lent.remove(name)
            self._con.con.unregister(name)
            return
        while True:
            try:
                self._con.raw_sql(f'DROP TABLE IF EXISTS "{name}"')
            except duckdb.InterruptException:  # meant for the query before
                continue
            return

    def arrow(self, expr: ir.Table) -> pa.Table:
        """See Engine.arrow."""
        with _ClearErrors(self._stopping):
            return self._con.to_pyarrow(expr)

    def prepare(self, expr: ir.Table) -> Prepared:
        """See Engine.prepare."""
        # Compiled once and planned at every run: here Ibis fuses, which leaves DuckDB a tenth less to plan.
        ibis.options.sql.fuse_selects = True
        try:
            sql, schema = self._narrow(expr), expr.schema().to_pyarrow()
        finally:
            ibis.options.sql.fuse_selects = False

        def run(**values: str | Sequence[str]) -> pa.Table:
            with _ClearErrors(self._stopping):
                # Not con.sql(): it plans a query once to learn its columns and again to run it.
                found: pa.Table = self._line().execute(filled(sql, values, _quoted)).to_arrow_table()
                return found.cast(schema)

        return run

    def count(self, expr: ir.Table) -> int:
        """See Engine.count."""
        return int(self.arrow(expr.aggregate(n=expr.count()))["n"][0].as_py())

    def stoppable(self) -> AbstractContextManager[Callable[[], None]]:
        """See Engine.stoppable."""
        return self._stopping.block()

    def batches(self, expr: ir.Table, rows: int = 122_880) -> pa.RecordBatchReader:
        """See Engine.batches."""
        with _ClearErrors(self._stopping):
            # A cursor of its own, so that other queries may run while the stream is read. Ibis 12's
            # to_pyarrow_batches calls a method DuckDB 2.0 no longer has.
            line = self._cursor()
            self._stopping.watch(line.interrupt)  # opening runs the query as far as its first rows
            stream = _narrowed(line.sql(self._con.compile(expr)).to_arrow_reader(rows), expr)
            return self._stopping.watched(stream)

    def close(self) -> None:
        """See Engine.close."""
        for line in self._opened:
            line.close()
        self._con.disconnect()
        if self._own_spill:
            self._own_spill.cleanup()

    def _line(self) -> duckdb.DuckDBPyConnection:
        """The thread's own connection to the database: one runs one query at a time."""
        line: duckdb.DuckDBPyConnection | None = getattr(self._lines, "own", None)
        if line is None:
            line = self._lines.own = self._cursor()
            self._opened.append(line)
        return line

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor: duckdb.DuckDBPyConnection = self._con.con.cursor()
        for setting in _EVERY_CONNECTION:
            cursor.execute(setting)
        return cursor

    def _view(self, query: str) -> ir.Table:
        name = self._name()
        # What is lent belongs to this connection alone, and so does what is built on it.
        lent = any(each in query for each in (*self._lent, *self._over_lent))
        if lent:
            self._over_lent.add(name)
        with _ClearErrors(self._stopping):
            self._con.raw_sql(f"CREATE {'TEMPORARY ' if lent else ''}VIEW {name} AS {query}")
        return self._named(name)

    def _narrow(self, expr: ir.Table) -> str:
        """The SQL of `expr` with its int64 and float64 columns as such: DuckDB sums integers into 128 bits and
        literals like 0.5 into decimals, and Ibis, which takes them for int64 and float64, leaves casts to these out.
        """
        kinds = {n: _STRICT.get(type(kind).__name__) for n, kind in expr.schema().items()}
        wide = ", ".join(f'"{n}"::{kind} AS "{n}"' for n, kind in kinds.items() if kind)
        sql = self._con.compile(expr)
        return f"SELECT * REPLACE ({wide}) FROM ({sql})" if wide else str(sql)

    def _named(self, name: str) -> ir.Table:
        """The table or view of that name. Not by Ibis: it plans a view twice to ask for its columns, and parses each
        one's type.
        """
        asked = f'DESCRIBE "{name}"'
        if name in self._lent or name in self._over_lent:
            columns = self._con.con.sql(asked).fetchall()
        else:
            with self._con.con.cursor() as line:
                columns = line.execute(asked).fetchall()
        types = {column: _type(kind) for column, kind, *_ in columns}
        made = ops.DatabaseTable(name=name, schema=types, source=self._con, namespace=ops.Namespace())
        return cast("ir.Table", made.to_expr())

    @staticmethod
    def _name() -> str:
        # Not temporary in DuckDB's sense: cursors do not share temporary tables. The database is in memory.
        return str(ibis.util.gen_name("liuke"))


def _read(schema: pa.Schema, absent: tuple[str, ...], files: list[str]) -> str:
    """The query of `schema` over files that lack the columns `absent`, which are null in it."""
    wanted = ibis.schema(schema)
    columns = (f'NULL::{DuckDBType.to_string(wanted[n])} AS "{n}"' if n in absent else f'"{n}"' for n in schema.names)
    return f"SELECT {', '.join(columns)} FROM read_parquet([{', '.join(_quoted(f) for f in files)}])"


@lru_cache(maxsize=4096)
def _type(text: str) -> dt.DataType:
    """DuckDB's type of that name, nullable as all of its results are."""
    return cast("dt.DataType", DuckDBType.from_string(text, nullable=True))


@ibis.udf.scalar.builtin(name="json_extract_string", signature=(("string", "string"), "string"))  # type: ignore[untyped-decorator]
def _json_extract_string(text: str, path: str) -> str: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="json_extract_string", signature=(("string", "array<string>"), "array<string>"))  # type: ignore[untyped-decorator]
def _json_extract_strings(text: str, paths: list[str]) -> list[str]: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="try", signature=(("array<string>",), "array<string>"))  # type: ignore[untyped-decorator]
def _try_all(texts: list[str]) -> list[str]: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="try", signature=(("string",), "string"))  # type: ignore[untyped-decorator]
def _try(text: str) -> str: ...  # type: ignore[empty-body]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _narrowed(stream: pa.RecordBatchReader, expr: ir.Table) -> pa.RecordBatchReader:
    """The stream with int64 and float64 columns as such (see `_narrow`), cast batch by batch to keep the order."""
    declared = expr.schema()
    strict = {n: kind.to_pyarrow() for n, kind in declared.items() if type(kind).__name__ in _STRICT}
    target = pa.schema([f.with_type(strict.get(f.name, f.type)) for f in stream.schema])
    return stream if target.equals(stream.schema) else stream.cast(target)


class _ClearErrors:
    """Turns the engine's resource failures into TryAgain with what to change, and what was stopped into Stopped."""

    def __init__(self, stopping: Stopping) -> None:
        self._stopping = stopping

    def __enter__(self) -> None:
        self._stopping.check()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, duckdb.InterruptException):
            raise stopped() from error
        if isinstance(error, duckdb.OutOfMemoryException):
            raise TryAgain(
                f"the query did not fit in the engine's memory and spill space: {error}",
                then="raise engine.memory_limit_mb in liuke.yaml or free disk space, then run the command again",
            ) from error
        if isinstance(error, duckdb.IOException) or (
            isinstance(error, duckdb.InvalidInputException) and "parquet" in str(error).lower()
        ):
            raise TryAgain(
                f"a data file cannot be read: {str(error).splitlines()[0]}",
                state="nothing of this step is visible",
                then="restore the file from a backup or mend its permissions, then run the same command again",
            ) from error
