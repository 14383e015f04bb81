"""Features of random small banks: against a naive oracle, many moments against one, and rows of the future."""

import random
from typing import Any

import pytest

from liuke.clock import AsOf
from liuke.insight.features import build
from liuke.insight.features.build import features_on
from liuke.insight.features.registry import FEATURES
from tests.insight.bank import AS_OF, DAY, ZONE, Bank, ago, source
from tests.insight.features import oracle
from tests.insight.features.random_banks import banks, future
from tests.night import times

MOMENTS = [AsOf.end_of(ago(n), ZONE) for n in (0, 30, 61, 90)]
BANKS = 30
"""A build takes seconds whatever its size: many small banks are built as one, once a test."""


@pytest.fixture
def seed() -> int:
    """Other banks in every run; pytest shows the seed of a test that failed."""
    drawn = random.SystemRandom().randrange(2**32)
    print(f"seed {drawn}")
    return drawn


def built(engine, bank: Bank, moments, names=None) -> list[dict[str, Any]]:
    rows = engine.arrow(features_on(engine, source(engine, bank), moments, zone=ZONE, names=names)).to_pylist()
    return sorted(rows, key=lambda r: (r["as_of"], r["customer_id"]))


def assert_same(got: list[dict[str, Any]], wanted: list[dict[str, Any]], tolerance: float = 1e-9) -> None:
    assert [(r["as_of"], r["customer_id"]) for r in got] == [(r["as_of"], r["customer_id"]) for r in wanted]
    for mine, right in zip(got, wanted, strict=True):
        for name, value in right.items():
            if isinstance(value, int | float):
                assert mine[name] == pytest.approx(value, rel=tolerance, abs=tolerance * 1e3), (name, right["as_of"])
            else:
                assert mine[name] == value, (name, mine["as_of"], mine["customer_id"])


def test_one_pass_over_many_moments_equals_the_oracle_at_each(engine, seed):
    bank = banks(seed, BANKS)
    wanted = [r for m in sorted(MOMENTS, key=lambda m: m.day) for r in oracle.features(bank, m)]
    names = [n for n in wanted[0] if n not in ("as_of", "customer_id")]
    assert_same(built(engine, bank, MOMENTS, names), wanted)


def test_many_moments_at_once_equal_each_moment_alone_in_every_feature(engine, seed):
    bank = banks(seed, BANKS)
    moments = MOMENTS[: times(2, 3)]
    alone = [r for m in sorted(moments, key=lambda m: m.day) for r in built(engine, bank, [m])]
    assert set(alone[0]) == {"as_of", "customer_id", *FEATURES}
    assert_same(built(engine, bank, moments), alone)


def test_a_bank_built_in_parts_gets_what_it_gets_built_whole(engine, monkeypatch, seed):
    bank = banks(seed, BANKS)
    names = [n for n, f in FEATURES.items() if f.window_days in (None, 90)]
    monkeypatch.setattr(build, "PART_ROWS", 10**9)
    whole = built(engine, bank, MOMENTS[:2], names)
    monkeypatch.setattr(build, "PART_ROWS", len(bank["customer"]))
    assert len(build.parts(engine, source(engine, bank), 2, build.PART_ROWS)) == 3
    assert_same(built(engine, bank, MOMENTS[:2], names), whole)


def test_rows_that_happen_or_become_known_later_change_nothing(engine, seed):
    bank = banks(seed, BANKS)
    bank = {n: [r for r in rows if r["ingested_at"] <= AS_OF.known_by] for n, rows in bank.items()}
    later = future(bank)
    together = {name: rows + later[name] for name, rows in bank.items()}
    assert_same(built(engine, together, [AS_OF]), built(engine, bank, [AS_OF]), 0.0)


def test_the_oracle_speaks_of_most_features():
    said = set(oracle.features({"customer": [_person()]}, AS_OF)[0]) - {"as_of", "customer_id"}
    assert said <= set(FEATURES)
    assert {f.family for n, f in FEATURES.items() if n in said} == {f.family for f in FEATURES.values()}
    assert len(said) > 200


def _person() -> dict[str, Any]:
    from tests.insight.bank import customer

    return customer(opened_on=DAY)
