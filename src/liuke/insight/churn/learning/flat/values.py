"""Values of a column, however they were delivered, as numbers, days, or cleaned texts. What cannot be read is null."""

from __future__ import annotations

import hashlib
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from liuke.insight.churn.learning.data import Floats

NULL_WORDS = ("", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", "?", "\\n", "未知", "空")
"""Texts that mean "no value", in lower case."""
_NUMBER = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
_THOUSANDS = r"^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$"
_DASHED = r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ].*)?$"
_SOLID = r"^(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$"
_EPOCH = 719_163
"""Ordinal of 1970-01-01 as Python's date counts."""


def texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Trimmed texts; words that mean "no value" are null."""
    plain = pc.utf8_trim_whitespace(column.cast(pa.string()))
    empty = pc.is_in(pc.utf8_lower(plain), value_set=pa.array(NULL_WORDS))
    return pc.if_else(empty, pa.scalar(None, pa.string()), plain)


def numbers(column: pa.ChunkedArray) -> Floats:
    """float64; NaN where null, not a number, or infinite. Thousands separators are understood."""
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        values = _array(pc.cast(column, pa.float64(), safe=False))
    elif _is_text(kind):
        found = texts(column)
        found = pc.if_else(pc.match_substring_regex(found, _THOUSANDS), pc.replace_substring(found, ",", ""), found)
        fits = pc.match_substring_regex(found, _NUMBER)
        values = _array(pc.cast(pc.if_else(fits, found, pa.scalar(None, pa.string())), pa.float64()))
    else:
        return np.full(len(column), np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def days(column: pa.ChunkedArray) -> Floats:
    """Ordinal days; NaN where null or no date. Understands 2026-01-31, 2026/1/31, 20260131, with a time or without."""
    kind = column.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _array(pc.cast(pc.cast(pc.cast(column, pa.date32(), safe=False), pa.int32()), pa.float64())) + _EPOCH
    if not (_is_text(kind) or pa.types.is_integer(kind)):
        return np.full(len(column), np.nan)
    found = texts(column)
    distinct, where = _distinct(found)
    return _spread(_days_of(distinct), where)


def code_numbers(column: pa.ChunkedArray) -> Floats:
    """A number for each text that says nothing about it but is the same everywhere: 48 bits of BLAKE2b.

    So a model's files hold no list of the bank's branches, employers or surnames. Null is NaN.
    """
    distinct, where = _distinct(texts(column))
    return _spread(np.array([_hashed(v.as_py()) for v in distinct], dtype=np.float64), where)


def _distinct(column: pa.ChunkedArray) -> tuple[pa.Array, Floats]:
    """The distinct values and, for each row, which one it has (NaN: null)."""
    encoded = column.combine_chunks().dictionary_encode()
    return encoded.dictionary, _array(encoded.indices.cast(pa.float64()))


def _spread(values: Floats, where: Floats) -> Floats:
    if not values.size:
        return np.full(where.size, np.nan)
    return np.where(np.isnan(where), np.nan, values[np.nan_to_num(where).astype(np.intp)])


def _days_of(found: pa.Array) -> Floats:
    out = np.full(len(found), np.nan)
    dashed = np.asarray(pc.fill_null(pc.match_substring_regex(found, _DASHED), False))
    solid = np.asarray(pc.fill_null(pc.match_substring_regex(found, _SOLID), False))
    for k in np.flatnonzero(dashed | solid):
        text = found[int(k)].as_py()
        parts = text.replace("/", "-").replace(".", "-").replace("T", " ").split(" ")[0].split("-")
        year, month, day = (text[:4], text[4:6], text[6:8]) if solid[k] else parts[:3]
        try:
            out[k] = date(int(year), int(month), int(day)).toordinal()
        except ValueError:
            continue
    return out


def _hashed(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big")


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_dictionary(kind)
        or pa.types.is_string_view(kind)
    )


def _array(column: pa.ChunkedArray | pa.Array) -> Floats:
    return np.asarray(
        column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy(), dtype=np.float64
    )
