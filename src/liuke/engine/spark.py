"""Apache Spark behind the Engine protocol: the same expressions, on one machine or on a bank's cluster."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import cast

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.formats.pyarrow import PyArrowSchema
from pyarrow import csv as arrow_csv
from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame, DataFrameReader

from liuke.engine.parameters import Prepared, filled
from liuke.engine.room import Room
from liuke.engine.spark_errors import ClearErrors
from liuke.engine.spark_session import spark_session
from liuke.engine.spark_sql import PySparkSchema, PySparkType, backend_of
from liuke.engine.stopping import Stopping
from liuke.errors import Place, YourMistake

_BLOCK = 16 << 20
"""A CSV row must fit into this many bytes."""


class SparkEngine:
    """Spark behind the Engine protocol. Engines of one process share one Spark and see nothing of each other.

    master: where Spark runs (local[*], spark://…, yarn). memory_limit_mb: the driver's heap, default half of
    the machine; it and master count for the first engine of a process. spill: directory of materialised
    tables and streams, a temporary one by default, emptied by `close`; on a cluster one that every node sees.
    conf: further Spark settings.
    """

    def __init__(
        self,
        *,
        master: str = "local[*]",
        memory_limit_mb: int | None = None,
        spill: Path | None = None,
        conf: Mapping[str, str] | None = None,
    ) -> None:
        if spill:
            spill.mkdir(parents=True, exist_ok=True)
        self._folder = tempfile.TemporaryDirectory(prefix="liuke-spill-", dir=spill, ignore_cleanup_errors=True)
        self._session = spark_session(master, memory_mb=memory_limit_mb, conf=conf or {})
        self._con = backend_of(self._session)
        limit = memory_limit_mb or psutil.virtual_memory().total // 2**21
        self._room = Room(os.cpu_count() or 1, limit, self._spill)
        self._stopping = Stopping()
        self._views: set[str] = set()
        self._scanned: dict[tuple[tuple[str, ...], pa.Schema], ir.Table] = {}

    @property
    def embedded(self) -> bool:
        """See Engine.embedded."""
        return False

    @property
    def room(self) -> Room:
        """See Engine.room. Of the driver's machine, where streams are read."""
        return self._room

    def scan(self, files: Sequence[str], schema: pa.Schema) -> ir.Table:
        """See Engine.scan. The files of a table are listed once, however often it is asked for: files of a lake
        never change.
        """
        key = tuple(files), schema
        if key not in self._scanned:
            self._scanned[key] = self._scan(files, schema)
        return self._scanned[key]

    def _scan(self, files: Sequence[str], schema: pa.Schema) -> ir.Table:
        if not files:
            return self.from_arrow(schema.empty_table())
        types = _types(schema)
        with ClearErrors():
            # Columns that a file lacks become null, columns beyond the schema are not read.
            reader = self._reader().schema(PySparkSchema.from_ibis(ibis.schema(types)))
            return self._view(reader.parquet(*map(_path, files)), types)

    def from_arrow(self, data: pa.Table | pa.RecordBatchReader) -> ir.Table:
        """See Engine.from_arrow."""
        folder = self._place()
        folder.mkdir()
        batches = data.to_batches() if isinstance(data, pa.Table) else data
        types = _types(data.schema)
        schema = PyArrowSchema.from_ibis(ibis.schema(types))
        with ClearErrors(), pq.ParquetWriter(folder / "part.parquet", schema) as writer:
            for batch in batches:
                writer.write_batch(batch.cast(schema))
        return self._kept(folder, types)

    def lent(self, data: pa.Table) -> ir.Table:
        """See Engine.lent."""
        return self.from_arrow(data)

    def from_csv(self, path: str, *, delimiter: str, columns: Sequence[str], skip: int) -> ir.Table:
        """See Engine.from_csv. Copied into Parquet in a stream: Spark reads CSV whose values hold line ends
        on one core, changes those line ends, and cannot skip lines.
        """
        reading = arrow_csv.ReadOptions(column_names=list(columns), skip_rows=skip, block_size=_BLOCK)
        parsing = arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
        converting = arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()), null_values=[""], strings_can_be_null=True
        )
        with ClearErrors():
            return self.from_arrow(arrow_csv.open_csv(path, reading, parsing, converting))

    def from_parquet(self, path: str) -> ir.Table:
        """See Engine.from_parquet."""
        with ClearErrors():
            return self._view(self._reader().parquet(_path(path)), _types(pq.read_schema(path)))

    def numbered_parquet(self, path: str) -> ir.Table:
        """See Engine.numbered_parquet."""
        with ClearErrors():
            rows = self._reader().parquet(_path(path)).selectExpr("*", "_metadata.row_index + 1 AS _line")
            return self._view(rows, _types(pq.read_schema(path)) | {"_line": dt.int64})

    def with_sql(self, expr: ir.Table, columns: Mapping[str, str]) -> ir.Table:
        """See Engine.with_sql."""
        try:
            rows = self._frame(expr)
            made = rows.selectExpr("*", *(f"({sql}) AS {_name(name)}" for name, sql in columns.items()))
        except (ParseException, AnalysisException) as error:
            raise YourMistake(
                f"the SQL expression is not valid: {str(error).strip().splitlines()[0]}",
                place=Place(column=", ".join(columns)),
                expected="an expression over the source's columns in Spark's SQL: this bank home's engine is spark",
                then="mend the expression in the source's YAML file, or load with engine.kind: duckdb",
            ) from error
        return self._view(made, _types(expr.schema()) | {name: _type(made, name) for name in columns})

    def json_text(self, column: ir.StringValue, key: str) -> ir.StringValue:
        """See Engine.json_text."""
        found = _get_json_object(column, f"$['{key}']")
        return ibis.ifelse(_json_object_keys(column).notnull(), found, ibis.null("string"))

    def json_texts(self, column: ir.StringValue, keys: Sequence[str]) -> ir.ArrayValue:
        """See Engine.json_texts."""
        return ibis.array([self.json_text(column, key) for key in keys])

    def layer(self, expr: ir.Table) -> ir.Table:
        """See Engine.layer."""
        return self._view(self._frame(expr), _types(expr.schema()))

    def store(self, expr: ir.Table, path: str) -> ir.Table:
        """See Engine.store."""
        stream = self.batches(expr)
        with ClearErrors(), pq.ParquetWriter(path, stream.schema, compression="lz4") as writer:
            for batch in stream:
                writer.write_batch(batch)
        return self.from_parquet(path)

    def materialise(self, expr: ir.Table) -> ir.Table:
        """See Engine.materialise. The rows go to Parquet in the spill directory, not into memory."""
        return self._kept(self._written(expr), _types(expr.schema()))

    def gathered(self, parts: Iterable[ir.Table]) -> ir.Table:
        """See Engine.gathered."""
        each = iter(parts)
        first = next(each)
        folder = self._written(first)
        for part in each:
            with ClearErrors():
                self._frame(part).write.mode("append").parquet(_path(str(folder)))
        return self._kept(folder, _types(first.schema()))

    def release(self, table: ir.Table) -> None:
        """See Engine.release."""
        name = table.get_name()
        self._session.catalog.dropTempView(name)
        self._views.discard(name)
        shutil.rmtree(self._spill / name, ignore_errors=True)

    def arrow(self, expr: ir.Table) -> pa.Table:
        """See Engine.arrow."""
        with ClearErrors():
            return self._frame(expr).toArrow().cast(_arrow(expr.schema()))

    def prepare(self, expr: ir.Table) -> Prepared:
        """See Engine.prepare."""
        sql, schema = self._con.compile(expr), expr.schema()

        def run(**values: str | Sequence[str]) -> pa.Table:
            with ClearErrors():
                return _declared(self._session.sql(filled(sql, values, _text)), schema).toArrow().cast(_arrow(schema))

        return run

    def count(self, expr: ir.Table) -> int:
        """See Engine.count."""
        return int(self.arrow(expr.aggregate(n=expr.count()))["n"][0].as_py())

    def stoppable(self) -> AbstractContextManager[Callable[[], None]]:
        """See Engine.stoppable."""
        return self._stopping.block()

    def batches(self, expr: ir.Table, rows: int = 122_880) -> pa.RecordBatchReader:
        """See Engine.batches. The result goes to disk first: Spark's own streams hold a partition in memory."""
        schema = _arrow(expr.schema())
        return pa.RecordBatchReader.from_batches(schema, _read(self._written(expr), schema, rows))

    def close(self) -> None:
        """See Engine.close. Spark itself goes on until the process ends."""
        for name in self._views:
            self._session.catalog.dropTempView(name)
        self._views.clear()
        self._scanned.clear()
        self._folder.cleanup()

    @property
    def _spill(self) -> Path:
        return Path(self._folder.name)

    def _place(self) -> Path:
        return self._spill / str(ibis.util.gen_name("liuke"))

    def _reader(self) -> DataFrameReader:
        # A file name is a name: brackets and stars in it are no pattern.
        return self._session.read.option("globPaths", "false")

    def _frame(self, expr: ir.Table) -> DataFrame:
        self._stopping.check()
        return _declared(self._session.sql(self._con.compile(expr)), expr.schema())

    def _view(self, rows: DataFrame, types: Mapping[str, dt.DataType]) -> ir.Table:
        name = str(ibis.util.gen_name("liuke"))
        return self._named(name, rows, types)

    def _named(self, name: str, rows: DataFrame, types: Mapping[str, dt.DataType]) -> ir.Table:
        rows.createOrReplaceTempView(name)
        self._views.add(name)
        return self._con.source(name, dict(types))

    def _written(self, expr: ir.Table) -> Path:
        """Runs `expr` into Parquet files of a new folder, named in the order of the rows."""
        folder = self._place()
        with ClearErrors():
            self._frame(expr).write.parquet(_path(str(folder)))
        return folder

    def _kept(self, folder: Path, types: Mapping[str, dt.DataType]) -> ir.Table:
        """The table over a folder of Parquet files; the view has the folder's name, so that release finds it."""
        with ClearErrors():
            reader = self._reader().schema(PySparkSchema.from_ibis(ibis.schema(types)))
            return self._named(folder.name, reader.parquet(_path(str(folder))), types)


def _declared(rows: DataFrame, schema: ibis.Schema) -> DataFrame:
    """The rows with each column cast to the type that Ibis takes it for, where Spark's is another."""
    wanted = PySparkSchema.from_ibis(schema)
    if [f.dataType for f in rows.schema] == [f.dataType for f in wanted]:
        return rows
    return rows.select(*(rows[_name(f.name)].cast(f.dataType).alias(f.name) for f in wanted))


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="get_json_object", signature=(("string", "string"), "string")
)
def _get_json_object(text: str, path: str) -> str: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="json_object_keys", signature=(("string",), "array<string>")
)
def _json_object_keys(text: str) -> list[str]: ...  # type: ignore[empty-body]


def _read(folder: Path, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
    """The rows of the folder in the order of its files, which is removed when they are read or given up."""
    try:
        for path in sorted(folder.glob("part-*")):
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(rows):
                    yield batch.cast(schema)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _path(path: str) -> str:
    """A local path as Spark takes it: never relative, never another file system's."""
    return path if "://" in path else f"file://{Path(path).absolute()}"


def _text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _name(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _types(schema: pa.Schema | ibis.Schema) -> dict[str, dt.DataType]:
    """The types in which the columns are read: one kind of text, no dictionaries, and always nullable, for what
    a file or a contract says of nulls is not proved.
    """
    given = schema if isinstance(schema, ibis.Schema) else PyArrowSchema.to_ibis(schema)
    return {name: kind.copy(nullable=True) for name, kind in given.items()}


def _arrow(schema: ibis.Schema) -> pa.Schema:
    return PyArrowSchema.from_ibis(ibis.schema(_types(schema)))


def _type(rows: DataFrame, name: str) -> dt.DataType:
    found = PySparkType.to_ibis(rows.schema[name].dataType)
    return cast("dt.DataType", dt.Timestamp("UTC") if found.is_timestamp() else found)


__all__ = ["SparkEngine"]
