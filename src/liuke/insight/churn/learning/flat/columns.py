"""What a column of a flat table is, judged by its values, and its values as numbers.

Nothing here knows any data set: a column is a number, a date, a category (few texts), a code (many texts), or an
identifier, which is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from liuke.insight.churn.learning.data import Floats
from liuke.insight.churn.learning.flat.values import code_numbers, days, numbers, texts

Kind = Literal["number", "date", "category", "code", "identifier", "empty"]
MAX_CATEGORIES = 12
"""Texts with up to so many values get one 0/1 column each; with more they are codes."""
MOSTLY = 0.99
"""Share of values that must read as numbers or dates; the rest counts as null and is reported."""
UNIQUE = 0.95
"""Share of distinct values from which a text tells who somebody is, not what they are like."""
KEY_NAME = re.compile(
    r"(^|[_\W])(id|no|nr|num|number|key|uuid|guid|ref)$|[a-z](Id|ID|Number|Num|No|Key)$|编号|号码|客户号|卡号|账号|序号"
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column as it was read.

    values: of a category, rising. latest: ordinal day of a date's latest value. unread: how many values were taken
    for null because they are of another kind.
    """

    name: str
    kind: Kind
    values: tuple[str, ...] = ()
    latest: int = 0
    unread: int = 0

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features it becomes."""
        match self.kind:
            case "number" | "code":
                return (self.name,)
            case "date":
                return (f"{self.name} (days before the latest)",)
            case "category":
                return tuple(f"{self.name}={v}" for v in self.values)
        return ()

    def matrix(self, column: pa.ChunkedArray) -> Floats:
        """(n, len(features)) numbers. Null is NaN, in every column of a category too; an unseen value is zeros."""
        match self.kind:
            case "number":
                return numbers(column)[:, None]
            case "date":
                return (self.latest - days(column))[:, None]
            case "code":
                return code_numbers(column)[:, None]
            case "category":
                found = texts(column)
                return np.column_stack([_flag(found, v) for v in self.values])
        return np.empty((len(column), 0))

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"name": self.name, "kind": self.kind, "values": list(self.values), "latest": self.latest}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Column:
        """Reads what `as_dict` wrote."""
        return cls(plain["name"], plain["kind"], tuple(plain["values"]), plain["latest"])


def infer(name: str, column: pa.ChunkedArray) -> Column:
    """The kind of a column from all its values. Numbers such as 20260131 are dates when they all are."""
    known = len(column) - _nulls(column)
    if not known:
        return Column(name, "empty")
    as_days = days(column)
    dated = int((~np.isnan(as_days)).sum())
    if dated >= MOSTLY * known:
        return Column(name, "date", latest=int(np.nanmax(as_days)), unread=known - dated)
    as_numbers = numbers(column)
    read = int((~np.isnan(as_numbers)).sum())
    if read >= MOSTLY * known:
        kind: Kind = "identifier" if _numbers_people(name, as_numbers) else "number"
        return Column(name, kind, unread=known - read)
    return _text_column(name, texts(column), known)


def _text_column(name: str, column: pa.ChunkedArray, known: int) -> Column:
    values = sorted(v for v in pc.unique(column).to_pylist() if v is not None)
    if len(values) <= MAX_CATEGORIES:
        # Of two values one column says all; the first would be its mirror image.
        return Column(name, "category", tuple(values[1:] if len(values) == 2 else values))
    if len(values) >= UNIQUE * known or (KEY_NAME.search(name) and len(values) > known / 2):
        return Column(name, "identifier")
    return Column(name, "code")


def _numbers_people(name: str, values: Floats) -> bool:
    """Whether whole numbers, nearly all different, only tell people apart: named like a key, or simply counted up."""
    known = values[~np.isnan(values)]
    if known.size < 2 or not (known == np.rint(known)).all():
        return False
    distinct = np.unique(known).size
    counted = distinct == known.size and known.max() - known.min() + 1 == known.size and known.size > MAX_CATEGORIES
    return counted or (distinct >= UNIQUE * known.size and KEY_NAME.search(name) is not None)


def _flag(column: pa.ChunkedArray, value: str) -> Floats:
    flags = pc.cast(pc.equal(column, value), pa.float64())
    return np.asarray(flags.to_numpy(), dtype=np.float64)


def _nulls(column: pa.ChunkedArray) -> int:
    if pa.types.is_floating(column.type):
        return int(np.isnan(numbers(column)).sum())
    return int(texts(column).null_count)
