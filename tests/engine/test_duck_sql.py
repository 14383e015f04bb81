"""The shorter ways of the compiler come to the SQL of Ibis' own."""

from collections.abc import Callable, Iterator
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.common.patterns import AnyOf, InstanceOf, Object

from liuke.engine.duck_sql import REWRITTEN, RULES, DuckCompiler

T = ibis.table({"a": "int64", "b": "string", "c": "float64"}, name="t")
U = ibis.table({"a": "int64", "d": "date"}, name="u")


def kinds(pattern: Any) -> Iterator[type]:
    """The operations that a rule's pattern may match."""
    if isinstance(pattern, AnyOf):
        for each in pattern.patterns:
            yield from kinds(each)
    elif isinstance(pattern, Object):
        yield from kinds(pattern.type)
    else:
        assert isinstance(pattern, InstanceOf)
        yield pattern.type


def test_the_rules_of_ibis_speak_of_no_other_operations() -> None:
    assert {kind for rule in RULES for kind in kinds(rule.matcher)} == set(REWRITTEN)


def sql(compiler: DuckDBCompiler, expr: ir.Table) -> str:
    return str(compiler.to_sqlglot(expr).sql(dialect="duckdb"))


@pytest.mark.parametrize(
    "made",
    [
        lambda: T,
        lambda: T.filter(T.a > 1),
        lambda: T.select("a", "b", "c"),
        lambda: T.select("b", "a", "c"),
        lambda: T.select(a=T.a, b=T.c, c=T.b),
        lambda: T.mutate(e=T.a + 1).filter(lambda t: t.e > T.a).order_by("b").distinct(),
        lambda: T.join(U, "a").group_by("b").aggregate(n=lambda t: t.count(), last=lambda t: t.d.max()),
        lambda: T.left_join(U, "a").drop("a_right").select("a", "b", "c", "d"),
        lambda: T.filter(T.a.isin([1, 2])),
        lambda: T.filter(T.a.isin([])),
        lambda: T.mutate(n=ibis.row_number().over(group_by="b", order_by="a")),
        lambda: T.mutate(n=ibis.ntile(3).over(group_by="b", order_by="a")),
        lambda: T.mutate(s=T.c.sum().over(group_by="b")),
        lambda: T.mutate(where=T.b.find("x"), named=T.b.capitalize(), kind=T.c.bucket([0, 1, 2])),
        lambda: ibis.union(T.filter(T.a > 1), T.filter(T.a < 0)).filter(lambda t: t.c.isin([1.0])),
    ],
)
def test_the_sql_is_that_of_ibis(made: Callable[[], ir.Table]) -> None:
    assert sql(DuckCompiler(), made()) == sql(DuckDBCompiler(), made())
