"""The seam behind which queries run. Everything else builds Ibis expressions and hands them in here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import ibis.expr.types as ir
import pyarrow as pa

from liuke.engine.parameters import Prepared
from liuke.engine.room import Room


class Engine(Protocol):
    """Executes Ibis expressions. Temporary tables live as long as the engine."""

    @property
    def embedded(self) -> bool:
        """Whether queries run in this process, so that rows pass between engine and arrays at the speed of memory."""
        ...

    @property
    def room(self) -> Room:
        """What the engine, and loops that run beside it, may take of the machine."""
        ...

    def scan(self, files: Sequence[str], schema: pa.Schema) -> ir.Table:
        """A lazy table of `schema` over Parquet files; an empty table when there are none.

        A column that a file lacks, because it is older than the column, is null; columns beyond `schema` are
        left out.
        """
        ...

    def from_arrow(self, data: pa.Table | pa.RecordBatchReader) -> ir.Table:
        """A lazy table over Arrow data. A reader can be read once."""
        ...

    def lent(self, data: pa.Table) -> ir.Table:
        """Like `from_arrow` without a copy, until it is released.

        For what `materialise`, `gathered`, `arrow` and `count` run: a stream of `batches` does not see it, nor a
        `layer` over it.
        """
        ...

    def from_csv(self, path: str, *, delimiter: str, columns: Sequence[str], skip: int) -> ir.Table:
        """A lazy table over a UTF-8 CSV file with every column read as text; `skip` leading lines left out."""
        ...

    def from_parquet(self, path: str) -> ir.Table:
        """A lazy table over one Parquet file with the file's own schema."""
        ...

    def numbered_parquet(self, path: str) -> ir.Table:
        """Like `from_parquet`, plus `_line`: the 1-based row number within the file."""
        ...

    def with_sql(self, expr: ir.Table, columns: Mapping[str, str]) -> ir.Table:
        """`expr` plus columns given as SQL expressions over its columns, in the engine's own dialect.

        For expressions that a bank writes in YAML. Raises YourMistake when the engine refuses one.
        """
        ...

    def json_text(self, column: ir.StringValue, key: str) -> ir.StringValue:
        """The top-level property `key` of a JSON object held as text, as text: true, 12.5, {"k":1}.

        Null when the property is absent or null and when the text is no JSON object. key: without quotes,
        backslashes and brackets.
        """
        ...

    def json_texts(self, column: ir.StringValue, keys: Sequence[str]) -> ir.ArrayValue:
        """Several such properties of one object, in the order of `keys`: it is read once for all of them. Null, or an
        array of nulls, when the text is no JSON object.
        """
        ...

    def layer(self, expr: ir.Table) -> ir.Table:
        """The same rows under a name, unread: what is built on it refers to its columns by name.

        Without it Ibis merges successive steps and repeats an expression wherever its column is used, and the
        engine then computes it as many times.
        """
        ...

    def store(self, expr: ir.Table, path: str) -> ir.Table:
        """Runs `expr` once into one Parquet file at `path` and returns a lazy table over it."""
        ...

    def materialise(self, expr: ir.Table) -> ir.Table:
        """Runs `expr` once and keeps the result in a temporary table that may spill to disk."""
        ...

    def gathered(self, parts: Iterable[ir.Table]) -> ir.Table:
        """Like `materialise` of the union of at least one part, run one after the other as they are asked for.

        Parts have the same columns. What a part is made of may be released before the next one is asked for.
        """
        ...

    def release(self, table: ir.Table) -> None:
        """Drops a table made by `materialise`, `from_arrow` or `lent`."""
        ...

    def arrow(self, expr: ir.Table) -> pa.Table:
        """Runs `expr` and returns the result. Only for results that do not grow with the bank."""
        ...

    def prepare(self, expr: ir.Table) -> Prepared:
        """Compiles `expr` once; its parameters (engine/parameters.py) are given whenever it is run.

        Like `arrow` only for results that do not grow with the bank. What it reads is fixed when it is prepared.
        Several threads may run what was prepared at once.
        """
        ...

    def count(self, expr: ir.Table) -> int:
        """How many rows `expr` has."""
        ...

    def stoppable(self) -> AbstractContextManager[Callable[[], None]]:
        """For a block: what another thread calls to stop it. The query that runs then and every later one of the block
        raise Stopped; `release` goes on working, and after the block so does everything. Spark stops between queries.
        """
        ...

    def batches(self, expr: ir.Table, rows: int = 122_880) -> pa.RecordBatchReader:
        """Runs `expr` and streams the result in batches of about `rows`."""
        ...

    def close(self) -> None:
        """Frees the engine's memory and temporary files."""
        ...
