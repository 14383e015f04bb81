"""Many moments in dense arrays: the same cells as grouping in the engine gives, whatever came late or changed hands."""

import pytest

from liuke.clock import AsOf
from liuke.engine import DuckEngine
from liuke.insight.features import gaps, windows
from liuke.insight.features.build import features_on
from liuke.insight.features.registry import FEATURES, SOURCES, definition
from liuke.insight.features.windows import Additive
from tests.insight.bank import ZONE, account, ago, at, customer, source, transaction
from tests.insight.features.random_banks import banks

MOMENTS = [AsOf.end_of(ago(n), ZONE) for n in (0, 7, 30, 31, 95)]
SWEPT = [
    n
    for n in FEATURES
    if any(isinstance(SOURCES.get(c.source), Additive) or c.source == "gap" for c in definition(n).cells)
]


@pytest.fixture
def engine():
    with_it = DuckEngine()
    yield with_it
    with_it.close()


def built(engine, bank, names):
    rows = engine.arrow(features_on(engine, source(engine, bank), MOMENTS, zone=ZONE, names=names)).to_pylist()
    return sorted(rows, key=lambda r: (r["as_of"], r["customer_id"]))


@pytest.mark.parametrize("seed", [1, 2])
def test_arrays_give_what_the_engine_gives(engine, monkeypatch, seed):
    bank = banks(seed, 15)
    swept = built(engine, bank, SWEPT)
    monkeypatch.setattr(windows, "FEW", 10**6)
    monkeypatch.setattr(gaps, "FEW", 10**6)
    assert swept == built(engine, bank, SWEPT)


def test_what_an_account_did_goes_to_its_owner_of_the_time(engine):
    people = [customer("C1"), customer("C2")]
    accounts = [account("A1", "C1"), account("A1", "C2", ingested_at=at(ago(20)))]
    bank = {"customer": people, "account": accounts, "transaction": [transaction(40), transaction(3)]}
    rows = built(engine, bank, ["own_count_180", "own_days_180"])
    found = [(r["as_of"], r["customer_id"], r["own_count_180"], r["own_days_180"]) for r in rows if r["own_count_180"]]
    assert found == [
        (ago(31), "C1", 1.0, 1.0), (ago(30), "C1", 1.0, 1.0), (ago(7), "C2", 1.0, 1.0), (ago(0), "C2", 2.0, 2.0)
    ]  # fmt: skip
