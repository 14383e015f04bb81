"""What a day leaves behind in the lake, and what of it two engines must agree on."""

import math

import pyarrow as pa

from liuke.insight.features.store import CUSTOMER_FEATURE
from liuke.tables import (
    CANDIDATE_FATE,
    CLUSTER_SIZE,
    CONTACT,
    CUSTOMER_CLUSTER,
    CUSTOMER_SNAPSHOT,
    CUSTOMER_TAG,
    CUSTOMER_VALUE,
    DECISION,
    DRIFT,
    EVENT_DAY,
    LOST_CONTACT,
    OUTCOME,
    SCORE,
    SEGMENT_MEMBER,
    SIGNAL,
    TABLES,
)
from liuke.wiring import House

COMPARED = (CONTACT, CUSTOMER_FEATURE, *(table for table in TABLES.values() if "batch_id" not in table.names))
"""Everything that is computed, beside the contacts carried from the desks."""
MUST_HOLD_ROWS = (
    SIGNAL, CUSTOMER_SNAPSHOT, DECISION, OUTCOME, CONTACT, CUSTOMER_FEATURE, SCORE, DRIFT, LOST_CONTACT,
    CUSTOMER_VALUE, CUSTOMER_CLUSTER, CLUSTER_SIZE, CUSTOMER_TAG, SEGMENT_MEMBER, EVENT_DAY, CANDIDATE_FATE,
)  # fmt: skip


def in_the_lake(house: House) -> dict[str, pa.Table]:
    """All rows of the compared tables by their keys, read by DuckDB."""
    with house.on("duckdb").engine() as engine:
        return {t.name: engine.arrow(house.lake.scan(engine, t).order_by(*t.key)) for t in COMPARED}


def same(one: object, other: object) -> bool:
    """Whether two plain values are the same, floats to nine digits."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return one == other and type(one) is type(other)
