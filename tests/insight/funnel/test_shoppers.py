"""The funnel of real shoppers is the one a plain loop over the file counts."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import pytest

from liuke.engine import DuckEngine
from liuke.insight.behaviour.population import Period
from liuke.insight.funnel.entrants import entrants
from liuke.insight.funnel.reading import read_steps
from liuke.insight.funnel.spec import Funnel
from tests.insight.behaviour.shoppers import FIRST, LAST, Click, clicks, shoppers

STEPS = ("pv", "cart", "buy")


@pytest.mark.parametrize("hours", [1, 24, 72])
def test_click_cart_buy_is_what_a_plain_loop_counts(hours: int) -> None:
    rows = clicks()
    engine = DuckEngine(memory_limit_mb=512, threads=1)
    funnel = Funnel.model_validate({"steps": [{"name": name} for name in STEPS], "window": f"{hours}h"})
    found = entrants(engine, shoppers(engine, rows), funnel, Period(FIRST, LAST))
    reading = read_steps(engine, found, len(STEPS), funnel.lasts)
    engine.close()
    mine = defaultdict(list)
    for row in rows:
        mine[row.who].append(row)
    depths = [_deepest(sorted(each, key=lambda c: (c.at, STEPS.index(c.name) if c.name in STEPS else 9)),
                       timedelta(hours=hours)) for each in mine.values()]  # fmt: skip
    assert [step.people for step in reading.steps] == [sum(d >= k for d in depths) for k in (1, 2, 3)]
    assert reading.steps[2].people > 50


def _deepest(line: list[Click], window: timedelta) -> int:
    """The longest way from any click on, every next step being the first one after the last."""
    best = 0
    for start, begun in enumerate(line):
        if begun.name != "pv":
            continue
        depth = 1
        for click in line[start + 1 :]:
            if click.at > begun.at + window or depth == len(STEPS):
                break
            depth += click.name == STEPS[depth]
        best = max(best, depth)
    return best
