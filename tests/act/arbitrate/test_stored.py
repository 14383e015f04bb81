from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from liuke.act.arbitrate.fates import CANDIDATE_FATES
from liuke.act.arbitrate.stored import fate_rows
from liuke.engine import Engine
from liuke.tables import CANDIDATE_FATE, FATES
from tests.act.arbitrate.bank import DAY, call, candidate, decided

NOW = datetime(2026, 4, 1, 1, tzinfo=UTC)


def test_every_fate_of_arbitration_is_one_of_the_tables() -> None:
    assert set(CANDIDATE_FATES) <= set(FATES)


def test_a_stored_row_has_every_column_of_the_table_and_what_went_into_the_decision(engine: Engine) -> None:
    rows = [call("C1", 50.0, experiment="care", holdout_share=0.0), candidate("C1", "a", gate="consent")]
    people = engine.from_arrow(pa.table({"customer_id": ["C1"], "desk": ["D"]}))
    made = engine.arrow(fate_rows(decided(engine, rows).fates, people, DAY, NOW, "v1"))
    assert made.cast(CANDIDATE_FATE.arrow).num_rows == 2
    found = {row["treatment"]: row for row in made.to_pylist()}
    care = found["rm_care"]
    assert (care["as_of"], care["decided_at"], care["policy_version"], care["desk"]) == (DAY, NOW, "v1", "D")
    assert (care["fate"], care["eiv"], care["value_kept"], care["effort"]) == ("chosen", 50.0, 50.0, 1)
    assert (care["experiment"], care["holdout_share"], care["explored"]) == ("care", 0.0, False)
    assert (found["a"]["fate"], found["a"]["gate"], found["a"]["rule"]) == ("gated", "consent", None)
