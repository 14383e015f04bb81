"""Lists are sorted, whether they were nearly in order or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from liuke.engine.compiled import allocating
from liuke.insight.behaviour.order import put_in_order


@allocating
def ordered(mine):
    put_in_order(mine)


@pytest.mark.parametrize("mine", [
    [], [1], [2, 1], [*range(50), *range(25, 75)], list(range(500, 0, -1)),
    np.random.default_rng(1).integers(-50, 50, 1000).tolist(),
])  # fmt: skip
def test_lists_are_sorted(mine) -> None:
    found = np.array(mine, np.int64)
    ordered(found)
    assert found.tolist() == sorted(mine)
