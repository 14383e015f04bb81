"""An engine that runs nothing and writes down what it was asked: the queries behind a figure, as they are run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NoReturn

import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa

from liuke.engine.parameters import Prepared
from liuke.engine.room import Room
from liuke.engine.shown import named, shown_sql


class PaperEngine:
    """Every step is kept in `steps` as (name, SQL); a kept table stands under its step's name in later ones.

    Results are empty (see `arrow`) and counts 0: for code whose queries do not depend on what earlier ones found.
    """

    def __init__(self) -> None:
        self.steps: list[tuple[str, str]] = []

    @property
    def embedded(self) -> bool:
        """As DuckDB."""
        return True

    @property
    def room(self) -> Room:
        """Not on paper."""
        _unwritten()

    def materialise(self, expr: ir.Table) -> ir.Table:
        """Writes it down; what is built on it refers to it by name."""
        return named(self._written(expr), expr.schema().to_pyarrow())

    def arrow(self, expr: ir.Table) -> pa.Table:
        """Writes it down; no rows, or one of nulls for what has one in any case: sums over everything."""
        self._written(expr)
        schema: pa.Schema = expr.schema().to_pyarrow()
        found = expr.op()
        is_one = isinstance(found, ops.Aggregate) and not found.groups
        return pa.Table.from_pylist([{}], schema=schema) if is_one else schema.empty_table()

    def count(self, expr: ir.Table) -> int:
        """Nothing is counted."""
        return 0

    def from_arrow(self, data: pa.Table | pa.RecordBatchReader) -> ir.Table:
        """A list that the program hands in, such as the managers drawn."""
        return named("given", data.schema)

    def lent(self, data: pa.Table) -> ir.Table:
        """As `from_arrow`."""
        return self.from_arrow(data)

    def layer(self, expr: ir.Table) -> ir.Table:
        """As it is."""
        return expr

    def release(self, table: ir.Table) -> None:
        """Nothing is held."""

    def close(self) -> None:
        """Nothing is held."""

    def scan(self, files: Sequence[str], schema: pa.Schema) -> ir.Table:
        """Tables are named by who asks."""
        _unwritten()

    def from_csv(self, path: str, *, delimiter: str, columns: Sequence[str], skip: int) -> ir.Table:
        """Not on paper."""
        _unwritten()

    def from_parquet(self, path: str) -> ir.Table:
        """Not on paper."""
        _unwritten()

    def numbered_parquet(self, path: str) -> ir.Table:
        """Not on paper."""
        _unwritten()

    def with_sql(self, expr: ir.Table, columns: Mapping[str, str]) -> ir.Table:
        """Not on paper."""
        _unwritten()

    def json_text(self, column: ir.StringValue, key: str) -> ir.StringValue:
        """Not on paper."""
        _unwritten()

    def json_texts(self, column: ir.StringValue, keys: Sequence[str]) -> ir.ArrayValue:
        """Not on paper."""
        _unwritten()

    def store(self, expr: ir.Table, path: str) -> ir.Table:
        """As `materialise`."""
        return self.materialise(expr)

    def gathered(self, parts: Iterable[ir.Table]) -> ir.Table:
        """Not on paper."""
        _unwritten()

    def prepare(self, expr: ir.Table) -> Prepared:
        """Not on paper."""
        _unwritten()

    def stoppable(self) -> AbstractContextManager[Callable[[], None]]:
        """Not on paper."""
        _unwritten()

    def batches(self, expr: ir.Table, rows: int = 122_880) -> pa.RecordBatchReader:
        """Not on paper."""
        _unwritten()

    def _written(self, expr: ir.Table) -> str:
        name = f"step_{len(self.steps) + 1}"
        self.steps.append((name, shown_sql(expr)))
        return name


def _unwritten() -> NoReturn:
    raise NotImplementedError("this query is not written on paper")
