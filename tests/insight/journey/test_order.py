"""Facts stand by moment, kind and the name of their case, however many and in whatever order they came."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from liuke.engine.compiled import allocating
from liuke.insight.journey.order_loops import DAY_BITS, Facts, put_in_line

NAMES = ["L-2", "L-10", "", "界", "L-1"]
ORDER = np.array([3, 0, 3, 1], np.int64)
SPOKEN = -1


@allocating
def in_line(facts, order, line, spare):
    put_in_line(facts, order, 0, len(line), line, spare)


@pytest.mark.parametrize("many", [0, 1, 3, 40, 2000])
@pytest.mark.parametrize("moments", [1, 7, 100_000])
def test_facts_are_put_in_order(many: int, moments: int) -> None:
    rng = np.random.default_rng(many + moments)
    at, day = rng.integers(-moments, moments, many), rng.integers(0, 9, many)
    kinds, cases = rng.integers(SPOKEN, 4, many).astype(np.int32), rng.integers(-1, 5, many).astype(np.int32)
    _, ends, text = pa.array(NAMES, pa.large_string()).buffers()
    names = np.frombuffer(ends, np.int64).copy(), np.frombuffer(text, np.uint8).copy()
    facts = Facts(np.array([0, many]), at << DAY_BITS | day, kinds, cases, *names)
    line, spare = np.empty(many, np.int32), np.empty(many, np.int32)
    in_line(facts, ORDER, line, spare)

    def place(i: int) -> tuple[int, int, bytes]:
        kind, case = kinds[i], cases[i]
        said = b"" if kind < 0 or case < 0 else b"~" + NAMES[case].encode()
        return int(at[i]), -1 if kind < 0 else int(ORDER[kind]), said

    assert sorted(line.tolist()) == list(range(many))
    assert [place(i) for i in line] == sorted(map(place, range(many)))
