"""Arbitration by expected incremental value against ranking by churn score, on the default bank with known effects."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from liuke.engine import DuckEngine
from liuke.sim import SimConfig
from liuke.track.uplift import EVIDENCE
from tests.truth.mornings import BY_SCORE, BY_VALUE, END, Mornings

pytestmark = pytest.mark.truth


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mornings]:
    engine = DuckEngine(memory_limit_mb=1024, threads=2)
    bank = Mornings(engine, SimConfig(24_000, END, months=9, seed=5), tmp_path_factory.mktemp("bank") / "history")
    bank.draw_arms("arms")
    yield bank
    engine.close()


def test_the_evidence_finds_whom_calls_help_and_whom_they_disturb(lived: Mornings) -> None:
    shares = {row["segment"]: row for row in lived.engine.arrow(lived.learned()).to_pylist()}
    assert set(EVIDENCE.names) == set(shares[None])
    assert shares["rare"]["share_saved"] > 0.1 > shares["daily"]["share_saved"]
    assert shares[None]["uplift_n"] > 300


def test_expected_incremental_value_keeps_more_customers_per_contact_than_the_churn_score(lived: Mornings) -> None:
    found = lived.learned()
    by_value, by_score = lived.chosen(BY_VALUE, found), lived.chosen(BY_SCORE, found)
    assert len(by_value) == len(by_score) > 150
    true = lived.kept(by_value) - lived.kept(by_score)
    measured = lived.measured(by_value, by_score)
    print(f"kept per contact: {lived.kept(by_value):.3f} by value, {lived.kept(by_score):.3f} by score; {measured}")
    assert lived.kept(by_value) > 1.2 * lived.kept(by_score) > 0
    assert measured.low <= true <= measured.high


def test_without_evidence_the_score_decides_and_nothing_is_claimed(lived: Mornings) -> None:
    thin = BY_VALUE.model_copy(update={"least_evidence": 1_000_000})
    found = lived.learned()
    assert lived.chosen(thin, found) == lived.chosen(BY_SCORE, found)
