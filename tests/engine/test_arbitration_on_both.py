"""Arbitration means the same on every engine."""

import random

import pytest

from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.engine import Engine
from tests.act.arbitrate.bank import PLAIN, decided
from tests.act.arbitrate.test_arbitrate_oracle import EFFORT, random_bank

pytestmark = pytest.mark.spark
POLICY = LeverPolicy.model_validate(
    PLAIN.model_dump()
    | {
        "effort": EFFORT, "budgets": {"sms": 9}, "exploration": {"share": 0.2},
        "global_holdout": {"experiment": "g", "share": 0.1},
        "levers": [{"factor": 1.5, "theme": "care", "reason": "r"}],
    }
)  # fmt: skip


def test_fates_loads_and_bounds_are_those_of_the_embedded_engine(both: tuple[Engine, Engine]) -> None:
    rows, places, desk_of = random_bank(random.Random(4), 40)
    for row in rows:
        row.update(experiment=row["treatment"], holdout_share=0.2)
        row.update(terms_of="p", offer_id=row["treatment"], benefit_amount=1.0 if row["value_kept"] > 2 else None)
    duck, spark = both
    here, there = (decided(engine, rows, POLICY, desks=places, desk_of=desk_of) for engine in (duck, spark))
    fates, same = (
        sorted(duck.arrow(here.fates).to_pylist(), key=str),
        sorted(spark.arrow(there.fates).to_pylist(), key=str),
    )
    assert len(fates) == len(rows)
    assert fates == same
    assert here.loads.equals(there.loads)
    assert here.bound == pytest.approx(there.bound)
