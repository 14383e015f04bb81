from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from liuke.engine import Engine
from liuke.track.unit_findings import unit_findings

START = date(2026, 3, 2)  # a Monday


def drawn(engine: Engine, shares: list[float], per_week: int = 400, **over: list):
    """Units that entered week by week, with each week's share of treated."""
    rng = np.random.default_rng(1)
    weeks = np.repeat(np.arange(len(shares)), per_week)
    treated = rng.random(weeks.size) < np.array(shares)[weeks]
    columns = {
        "unit_id": [f"U{i}" for i in range(weeks.size)],
        "arm": np.where(treated, "treated", "holdout").tolist(),
        "entered_on": [START + timedelta(days=7 * int(w) + i % 7) for i, w in enumerate(weeks)],
    }
    rows = pa.table({name: values + over.get(name, []) for name, values in columns.items()})
    return engine.from_arrow(rows)


def codes(engine: Engine, units, **more) -> list[tuple[str, str]]:
    return [(f.code, f.severity) for f in unit_findings(engine, units, **more)]


def test_a_steady_draw_has_nothing_against_it(engine: Engine) -> None:
    assert codes(engine, drawn(engine, [0.8] * 8)) == []


def test_a_split_changed_half_way_stops_the_reading(engine: Engine) -> None:
    found = unit_findings(engine, drawn(engine, [0.9] * 4 + [0.8] * 4))
    assert [(f.code, f.severity) for f in found] == [("split_changed", "stop")]
    assert "8 周" in found[0].text("zh-hans")
    assert "strata" in found[0].text("en")


def test_a_unit_in_two_arms_stops_and_one_that_stands_there_twice_is_to_be_minded(engine: Engine) -> None:
    units = drawn(engine, [1.0, 1.0], unit_id=["U0", "U1"], arm=["holdout", "treated"], entered_on=[START, START])
    assert codes(engine, units) == [("drawn_into_two_arms", "stop"), ("drawn_twice", "mind")]


def test_an_outcome_observed_before_entry_stops_the_reading_and_a_missing_one_does_not(engine: Engine) -> None:
    units = drawn(engine, [0.5])
    first = units.unit_id == "U0"
    dated = units.mutate(seen_on=first.ifelse(units.entered_on, None))
    assert codes(engine, dated, observed_on="seen_on") == [("outcome_before_entry", "stop")]


def test_nobody_drawn_is_nothing_wrong(engine: Engine) -> None:
    empty = drawn(engine, [0.5]).filter(False)
    assert codes(engine, empty) == []
