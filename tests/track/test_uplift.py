from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.track.uplift import evidence, with_uplift

DECIDED = date(2026, 3, 1)
AS_OF = AsOf(DECIDED + timedelta(days=40), datetime(2026, 4, 11, 1, tzinfo=UTC))
SEEN = pa.schema(
    [("loop_id", pa.string()), ("as_of", pa.date32()), ("customer_id", pa.string()), ("experiment", pa.string()),
     ("arm", pa.string()), ("segment", pa.string()), ("exposure", pa.float64())]
)  # fmt: skip
RESULT = pa.schema(
    [("loop_id", pa.string()), ("horizon_days", pa.int64()), ("matured_on", pa.date32()), ("retained", pa.bool_())]
)  # fmt: skip


class Past:
    """Decisions with outcomes: `people(segment, arm, n, kept)` adds n of them, kept of whom were retained."""

    def __init__(self) -> None:
        self.decisions: list[dict[str, Any]] = []
        self.outcomes: list[dict[str, Any]] = []

    def people(
        self, segment: str | None, arm: str, n: int, kept: int, experiment: str = "care", exposure: float = 1.0
    ) -> Past:
        for i in range(n):
            self.one(f"P{len(self.decisions)}", segment, arm, DECIDED, experiment, retained=i < kept)
            self.decisions[-1]["exposure"] = exposure
        return self

    def one(
        self, who: str, segment: str | None, arm: str, day: date, experiment: str = "care", *, retained: bool
    ) -> None:
        loop = f"L{len(self.decisions)}"
        self.decisions.append(
            {
                "loop_id": loop,
                "as_of": day,
                "customer_id": who,
                "experiment": experiment,
                "arm": arm,
                "segment": segment,
            }
        )
        matured = day + timedelta(days=30)
        self.outcomes.append({"loop_id": loop, "horizon_days": 30, "matured_on": matured, "retained": retained})

    def found(self, engine: Engine) -> dict[tuple[str, str | None], dict[str, Any]]:
        table = evidence(
            engine, engine.from_arrow(pa.Table.from_pylist(self.decisions, schema=SEEN)),
            engine.from_arrow(pa.Table.from_pylist(self.outcomes, schema=RESULT)), 30, AS_OF,
        )  # fmt: skip
        return {(row["experiment"], row["segment"]): row for row in table.to_pylist()}


def test_segments_keep_what_sets_them_apart_and_share_what_they_have_in_common(engine: Engine) -> None:
    past = Past().people("red", "treated", 900, 720).people("red", "holdout", 300, 150)
    past.people("yellow", "treated", 900, 810).people("yellow", "holdout", 300, 270)
    past.people("orange", "treated", 20, 10).people("orange", "holdout", 5, 4)
    found = past.found(engine)
    red, yellow, orange, whole = (found["care", s] for s in ("red", "yellow", "orange", None))
    assert (red["observed"], yellow["observed"], orange["observed"]) == pytest.approx((0.3, 0.0, -0.3))
    assert 0.2 < red["share_saved"] < 0.3
    assert 0.0 < yellow["share_saved"] < 0.05
    assert orange["share_saved"] > -0.15  # five hold-outs say little
    assert whole["uplift_n"] == red["uplift_n"] == 605
    assert (red["treated"], red["holdout"]) == (900, 300)


def test_what_is_saved_is_a_share_of_what_could_be_lost(engine: Engine) -> None:
    """Half of those who would leave are kept, whether their chance to leave is 0.5 or 0.1."""
    past = Past().people("x", "treated", 400, 300, exposure=0.5).people("x", "holdout", 400, 200, exposure=0.5)
    past.people("x", "treated", 400, 380, exposure=0.1).people("x", "holdout", 400, 360, exposure=0.1)
    row = past.found(engine)["care", "x"]
    expected = (0.5 * 0.25 / 2 + 0.1 * 0.05 / 2) / ((0.25 + 0.01) / 2)
    assert row["observed"] == pytest.approx(expected)
    assert row["observed"] == pytest.approx(0.5)


def test_each_customer_counts_once_per_experiment_and_only_when_the_outcome_has_matured(engine: Engine) -> None:
    past = Past().people("red", "treated", 3, 3).people("red", "holdout", 3, 0)
    past.one("P0", "red", "treated", DECIDED + timedelta(days=5), retained=False)
    past.one("late", "red", "treated", DECIDED + timedelta(days=20), retained=False)
    assert past.found(engine)["care", "red"]["treated"] == 3


def test_experiments_do_not_mix_and_one_without_hold_outs_says_nothing(engine: Engine) -> None:
    past = Past().people("red", "treated", 10, 5, "a").people("red", "treated", 40, 30, "b")
    past.people("red", "holdout", 40, 10, "b")
    found = past.found(engine)
    assert {experiment for experiment, _ in found} == {"b"}
    assert found["b", "red"]["observed"] == pytest.approx(0.5)


def test_a_candidate_gets_its_segments_uplift_else_its_experiments_else_none(engine: Engine) -> None:
    past = Past().people("red", "treated", 300, 200).people("red", "holdout", 300, 100)
    past.people(None, "treated", 300, 200).people(None, "holdout", 300, 180)
    table = evidence(
        engine, engine.from_arrow(pa.Table.from_pylist(past.decisions, schema=SEEN)),
        engine.from_arrow(pa.Table.from_pylist(past.outcomes, schema=RESULT)), 30, AS_OF,
    )  # fmt: skip
    rows = [
        ("C1", "care", "red", 0.5),
        ("C2", "care", "green", 1.0),
        ("C3", "other", "red", 1.0),
        ("C4", None, None, 1.0),
    ]
    texts = [(n, pa.string()) for n in ("customer_id", "experiment", "segment")]
    columns = [list(column) for column in zip(*rows, strict=True)]
    candidates = pa.table(columns, schema=pa.schema([*texts, ("exposure", pa.float64())]))
    asked = with_uplift(engine.from_arrow(candidates), engine.from_arrow(table))
    found = {r["customer_id"]: r for r in engine.arrow(asked).to_pylist()}
    by_segment = {r["segment"]: r["share_saved"] for r in table.to_pylist()}
    assert found["C1"]["uplift"] == pytest.approx(by_segment["red"] / 2)
    assert found["C2"]["uplift"] == by_segment[None]
    assert found["C2"]["uplift_n"] == 600
    assert (found["C3"]["uplift"], found["C4"]["uplift_n"]) == (None, None)
