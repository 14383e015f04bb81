"""Ibis' Spark SQL, mended where it would not mean what the same expression means on DuckDB (docs/engines.md)."""

from __future__ import annotations

import math
import warnings
from typing import Any, ClassVar, cast

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.base import NULL, SQLGlotCompiler
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from pyspark.sql import SparkSession

# PySpark warns of pandas 3 for its pandas functions, which we do not use; Ibis imports them, on several occasions.
warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)

from ibis.backends.pyspark import Backend  # noqa: E402
from ibis.backends.pyspark.datatypes import PySparkSchema, PySparkType  # noqa: E402


class SparkCompiler(PySparkCompiler):  # type: ignore[misc]  # Ibis has no types
    """Ibis' compiler for Spark with DuckDB's meaning of null, counts, casts and truncation."""

    __slots__ = ()
    SIMPLE_OPS: ClassVar[dict[type[ops.Node], str]] = {
        ops.BitOr: "bit_or",
        ops.BitAnd: "bit_and",
        ops.BitXor: "bit_xor",
    }
    """Aggregates that Spark has and Ibis' compiler does not know of."""

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: dt.DataType) -> Any:  # noqa: N802
        """Floats as doubles: Spark reads 0.3 as decimal(1,1) and then calculates in decimals."""
        if dtype.is_floating():
            return self.cast(sge.convert(repr(float(value))), dt.float64) if math.isfinite(value) else None
        return super().visit_NonNullLiteral(op, value=value, dtype=dtype)

    def visit_Field(self, op: Any, *, rel: Any, name: str) -> Any:  # noqa: N802
        """NaN is a value: Ibis' option to take it for null exists only when the backend was named first."""
        return SQLGlotCompiler.visit_Field(self, op, rel=rel, name=name)

    def visit_IsNull(self, op: Any, *, arg: Any) -> Any:  # noqa: N802
        """NaN is a value, not a null."""
        return arg.is_(NULL)

    def visit_NotNull(self, op: Any, *, arg: Any) -> Any:  # noqa: N802
        """NaN is a value, not a null."""
        return arg.is_(sge.Not(this=NULL))

    def visit_CountStar(self, op: Any, *, arg: Any, where: Any) -> Any:  # noqa: N802
        """The count over no rows is 0, where Ibis' sum of the condition is null."""
        return self.f.count(sge.Star()) if where is None else self.f.count_if(where)

    def visit_Cast(self, op: Any, *, arg: Any, to: dt.DataType) -> Any:  # noqa: N802
        """Casts of fractions to integers round: halves of floats to even, halves of decimals away from zero."""
        if to.is_integer() and op.arg.dtype.is_floating():
            arg = self.f.rint(arg)
        elif to.is_integer() and op.arg.dtype.is_decimal():
            arg = self.f.anon.round(arg)
        return super().visit_Cast(op, arg=arg, to=to)

    def visit_Least(self, op: Any, *, arg: tuple[Any, ...]) -> Any:  # noqa: N802
        """The least of one value is that value; Spark's function wants two."""
        return self.f.least(*arg) if len(arg) > 1 else arg[0]

    def visit_Greatest(self, op: Any, *, arg: tuple[Any, ...]) -> Any:  # noqa: N802
        """The greatest of one value is that value; Spark's function wants two."""
        return self.f.greatest(*arg) if len(arg) > 1 else arg[0]

    def visit_DateTruncate(self, op: Any, *, arg: Any, unit: Any) -> Any:  # noqa: N802
        """A truncated date is a date, where Spark's date_trunc makes it a timestamp."""
        return self.cast(super().visit_TimestampTruncate(op, arg=arg, unit=unit), dt.date)


class SparkBackend(Backend):  # type: ignore[misc]  # Ibis has no types
    """Compiles expressions for one Spark session and stands as the source of its tables; runs nothing."""

    compiler = SparkCompiler()

    def source(self, name: str, schema: dict[str, dt.DataType]) -> ir.Table:
        """The table of that name, taken to have `schema`: no query is made to ask for it."""
        made = ops.DatabaseTable(name=name, schema=schema, source=self, namespace=ops.Namespace())
        return cast("ir.Table", made.to_expr())


def backend_of(session: SparkSession) -> SparkBackend:
    """The Ibis backend over `session`."""
    return cast("SparkBackend", SparkBackend().connect(session))


__all__ = ["PySparkSchema", "PySparkType", "SparkBackend", "backend_of"]
