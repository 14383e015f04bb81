"""Attributes that a decision about a person should not rest on, told by their names; and ages as bands."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pyarrow as pa

from liuke.insight.churn.learning.evaluate import Keys
from liuke.insight.churn.learning.flat.columns import Column
from liuke.insight.churn.learning.flat.values import numbers, texts

NAMED = re.compile(
    r"(^|[_\W])(sex|gender|age|religion|ethnicity|ethnic|race|nationality|marital|marital_status|disability)($|[_\W])"
    r"|性别|年龄|民族|宗教|婚姻",
    re.IGNORECASE,
)
AGE = re.compile(r"(^|[_\W])age($|[_\W])|年龄", re.IGNORECASE)
BANDS = (25, 35, 45, 55, 65)
MAX_GROUPS = 8
UNKNOWN = "?"


def is_protected(name: str) -> bool:
    """Whether the name says sex, age, religion, ethnicity, nationality, marital state or disability."""
    return NAMED.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)) is not None


def groups_of(column: Column, values: pa.ChunkedArray) -> Keys | None:
    """People by group: ages in bands, other numbers in quarters, texts as they are; None with too many groups."""
    if column.kind in {"category", "code"}:
        found = np.asarray(texts(values).fill_null(UNKNOWN).to_pylist(), dtype=np.str_)
        return found if np.unique(found).size <= MAX_GROUPS else None
    if column.kind != "number":
        return None
    known = numbers(values)
    if np.unique(known[~np.isnan(known)]).size <= MAX_GROUPS:
        return np.array([UNKNOWN if np.isnan(v) else f"{v:g}" for v in known], dtype=np.str_)
    edges = np.asarray(BANDS) if AGE.search(column.name) else np.unique(np.nanquantile(known, (0.25, 0.5, 0.75)))
    return _banded(known, edges)


def _banded(values: np.ndarray, edges: np.ndarray) -> Keys:
    shown = [f"{e:g}" for e in edges]
    names = [f"< {shown[0]}", *(f"{a} – < {b}" for a, b in itertools.pairwise(shown)), f"≥ {shown[-1]}"]
    where = np.searchsorted(edges, np.nan_to_num(values), side="right")
    named = np.asarray([f"{k + 1}. {name}" for k, name in enumerate(names)], dtype=np.str_)[where]
    return np.where(np.isnan(values), UNKNOWN, named)
