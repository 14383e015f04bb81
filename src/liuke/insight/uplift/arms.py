"""Which arm each row of a table was in, and what its outcome is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from liuke.errors import Place, YourMistake
from liuke.insight.churn.learning.flat.asked import no_value, some
from liuke.insight.churn.learning.flat.label import canonical
from liuke.insight.churn.learning.flat.values import numbers
from liuke.insight.uplift.trial import Floats

YES = frozenset(["1", "true", "t", "yes", "y", "是"])
NO = frozenset(["0", "false", "f", "no", "n", "否"])


def arm_of(name: str, column: pa.ChunkedArray, treated: str | None, control: str | None, file: str) -> NDArray[np.int8]:
    """1 treated, 0 control, -1 neither (null, or a value that is not compared).

    treated, control: the two values compared; needed unless the column is 0/1, yes/no, true/false or 是/否. Raises
    YourMistake when they cannot be told or one of them does not occur.
    """
    found = _as_said(column)
    values = sorted(v for v in pc.unique(found).to_pylist() if v is not None)
    for value in (treated, control):
        if value is not None and value not in values:
            expected = f"one of {_shown(values)}"
            raise no_value("treatment", Place(file, column=name), value, values, expected, "nothing was compared")
    one, other = _two(name, values, treated, control, file)
    arm = pc.if_else(pc.equal(found, one), 1, pc.if_else(pc.equal(found, other), 0, -1))
    return np.asarray(pc.fill_null(arm, -1).to_numpy(), dtype=np.int8)


def outcome_of(name: str, column: pa.ChunkedArray, positive: str | None, file: str) -> Floats:
    """0/1 or a number, NaN where null. positive: the value that counts as 1, all others as 0.

    Raises YourMistake for texts that are neither yes nor no.
    """
    found = canonical(column)
    values = sorted(v for v in pc.unique(found).to_pylist() if v is not None)
    if positive is None and {v.lower() for v in values} <= YES | NO:
        yes = [v for v in values if v.lower() in YES]
        return _flags(pc.is_in(found, value_set=pa.array(yes, pa.string())), found)
    if positive is not None:
        if positive not in values:
            raise no_value("outcome", Place(file, column=name), positive, values, f"one of {_shown(values)}")
        return _flags(pc.equal(found, positive), found)
    read = numbers(column)
    if int((~np.isnan(read)).sum()) < len(found) - found.null_count:
        raise YourMistake(
            f"the outcome '{name}' is neither a number nor yes or no",
            place=Place(file, column=name),
            expected="0/1, yes/no, true/false, 是/否, numbers, or the value that counts stated",
            state=f"values: {_shown(values)}; nothing was compared",
            then=f"add --positive {values[0]}",
        )
    return read


def _two(name: str, values: list[str], treated: str | None, control: str | None, file: str) -> tuple[str, str]:
    if treated is None and control is None:
        yes, no = ([v for v in values if v.lower() in words] for words in (YES, NO))
        if len(values) == 2 and len(yes) == 1 and len(no) == 1:
            return yes[0], no[0]
    elif treated is not None and control is not None and treated != control:
        return treated, control
    elif len(values) == 2 and treated != control:
        first, second = values
        one = treated if treated is not None else (second if control == first else first)
        return one, second if one == first else first
    if len(values) < 2:
        raise YourMistake(
            f"the treatment '{name}' has {'one value only' if values else 'no value at all'}",
            place=Place(file, column=name),
            expected="two arms: people who were treated, and people drawn to be left alone",
            state=f"values: {_shown(values)}; nothing was compared",
            then="bring the hold-outs' rows too; without them no effect can be told",
        )
    raise YourMistake(
        f"which values of '{name}' are the treated and the control arm?",
        place=Place(file, column=name),
        expected="0/1, yes/no, true/false or 是/否, or two different values stated",
        state=f"values: {_shown(values)}; nothing was compared",
        then=f'add --treated "{values[-1]}" --control "{values[0]}"',
    )


def _as_said(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Trimmed texts, of which only the empty one is null: an arm may well be called "none"."""
    if pa.types.is_boolean(column.type) or not np.isnan(numbers(column)).all():
        return canonical(column)
    plain = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return pc.if_else(pc.equal(plain, ""), pa.scalar(None, pa.string()), plain)


def _flags(hit: pa.ChunkedArray, found: pa.ChunkedArray) -> Floats:
    flags = pc.cast(hit, pa.float64())
    return np.asarray(pc.if_else(pc.is_null(found), pa.scalar(None, pa.float64()), flags).to_numpy(), dtype=np.float64)


def _shown(values: list[str]) -> str:
    return some(values) or "none"
