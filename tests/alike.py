"""Whether two Arrow tables say the same: exactly, but floats to nine digits."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa


def differences(one: pa.Table, other: pa.Table, keys: Sequence[str]) -> Iterator[str]:
    """What differs between two tables with rows in the same order: shape, or columns with their first differing row.

    keys: the columns that name a row in the message. Floats differ by more than 1e-9 of the larger value or when one
    is null; everything else, decimals included, when it is not the same.
    """
    if one.schema.names != other.schema.names or one.schema.types != other.schema.types:
        yield f"columns {one.schema} and {other.schema}"
    elif one.num_rows != other.num_rows:
        yield f"{one.num_rows} rows and {other.num_rows}"
    else:
        for name in one.column_names:
            differ = _differ(one[name].combine_chunks(), other[name].combine_chunks())
            if differ.any():
                at = int(np.flatnonzero(differ)[0])
                row = [one[key][at].as_py() for key in keys]
                yield f"{name}: {differ.sum()} rows, {row}: {one[name][at].as_py()} and {other[name][at].as_py()}"


def _differ(one: pa.Array, other: pa.Array) -> np.ndarray:
    if one.equals(other):
        return np.zeros(len(one), bool)
    if not pa.types.is_floating(one.type):
        return np.array([a != b for a, b in zip(one.to_pylist(), other.to_pylist(), strict=True)])
    here, there = (np.asarray(column.to_numpy(zero_copy_only=False)) for column in (one, other))
    nulls = np.asarray(one.is_null()) != np.asarray(other.is_null())
    return nulls | ~np.isclose(here, there, rtol=1e-9, atol=1e-12, equal_nan=True)
