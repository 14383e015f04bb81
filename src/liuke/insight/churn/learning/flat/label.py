"""The label of a flat table: which of its two values means "left"."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from liuke.errors import Place, YourMistake
from liuke.insight.churn.learning.flat.asked import no_value, some
from liuke.insight.churn.learning.flat.values import numbers, texts

YES = frozenset(
    [
        "1",
        "1.0",
        "true",
        "t",
        "yes",
        "y",
        "churn",
        "churned",
        "churner",
        "left",
        "leave",
        "lost",
        "attrited",
        "exited",
        "closed",
        "cancelled",
        "canceled",
        "inactive",
        "attrited_customer",
        "是",
        "流失",
        "已流失",
        "离开",
        "销户",
    ]
)
NO = frozenset(
    [
        "0",
        "0.0",
        "false",
        "f",
        "no",
        "n",
        "stay",
        "stayed",
        "retained",
        "active",
        "existing",
        "kept",
        "open",
        "existing_customer",
        "否",
        "未流失",
        "留存",
        "正常",
    ]
)


def binary_label(name: str, column: pa.ChunkedArray, positive: str | None, file: str) -> NDArray[np.int8]:
    """1 where the label has its positive value, 0 where the other, -1 where it is null.

    positive: the value that means "left"; needed only where the two values do not say so themselves. Raises
    YourMistake unless there are exactly two values.
    """
    found = canonical(column)
    values = sorted(v for v in pc.unique(found).to_pylist() if v is not None)
    if len(values) != 2:
        shown = f" ({some(values)})" if values else ""
        said = ("has no value at all", "has one value only", "is not binary")[min(len(values), 2)]
        raise YourMistake(
            f"the label '{name}' {said}",
            place=Place(file, column=name),
            expected="exactly two values, one of them meaning that the customer left",
            state=f"different values: {len(values)}{shown}; nothing was trained",
            then="name another column with --label, or make one of 0 and 1",
        )
    wanted = _positive(name, values, positive, file)
    flags = pc.fill_null(pc.cast(pc.equal(found, wanted), pa.int8()), -1)
    return np.asarray(flags.to_numpy(), dtype=np.int8)


def _positive(name: str, values: list[str], stated: str | None, file: str) -> str:
    if stated is not None:
        if stated in values:
            return stated
        expected = f"--positive {values[0]} or --positive {values[1]}"
        raise no_value("label", Place(file, column=name), stated, values, expected)
    words = [v.lower().replace(" ", "_") for v in values]
    yes = [v for v, w in zip(values, words, strict=True) if w in YES]
    no = [v for v, w in zip(values, words, strict=True) if w in NO]
    if len(yes) == 1:
        return yes[0]
    if len(no) == 1 and not yes:
        return next(v for v in values if v not in no)
    raise YourMistake(
        f"which value of '{name}' means that the customer left?",
        place=Place(file, column=name),
        expected="a label of 0/1, yes/no, true/false or 是/否, or the value stated",
        state=f"the values are {values[0]} and {values[1]}",
        then=f"add --positive {values[1]}   # or --positive {values[0]}",
    )


def canonical(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts; numbers without a trailing .0, so that 1 and 1.0 are one value."""
    if pa.types.is_boolean(column.type):
        return pc.if_else(column, "true", "false")
    found = texts(column)
    values = numbers(column)
    if (~np.isnan(values)).sum() == len(found) - found.null_count:
        shown = [None if np.isnan(v) else f"{v:g}" for v in values]
        return pa.chunked_array([pa.array(shown, pa.string())])
    return found
