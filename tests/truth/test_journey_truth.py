"""The shipped journeys find what was planted in the synthetic bank's applications and payments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from liuke.engine import Engine
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.journey.cases import journey_cases
from liuke.insight.journey.catalogue import read_journeys
from liuke.insight.journey.comparison import compared
from liuke.insight.journey.journey_map import JourneyMap, StageReading
from liuke.insight.journey.reading import read_journey
from liuke.insight.rules.data import RuleData
from liuke.sim import SimConfig, found_bank, history, write_cases
from liuke.sim.pains import (
    LOST_AT_IDENTITY,
    NEVER_TOLD,
    PAY_FAILED,
    PAY_FAILED_AT_RELEASE,
    RELEASE_FROM,
    RELEASE_TO,
    TOLD_MEDIAN_S,
    weak_branches,
)
from tests.architecture.test_names import REPO

pytestmark = pytest.mark.truth
END = date(2026, 6, 30)
FIRST = END - timedelta(days=340)
OVER = END - timedelta(days=75)
"""Who entered until then has come to an end."""


@dataclass(frozen=True)
class Lived:
    """facts: by table, as known at the end. truth: how each application was planned to end. weak, steady: who is of
    a weak branch, of another one; without former customers.
    """

    facts: dict[str, Any]
    truth: list[dict[str, Any]]
    weak: list[str]
    steady: list[str]


@pytest.fixture(scope="module")
def lived(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("journeys")
    past = history(found_bank(SimConfig(4_000, END, months=12, seed=11)), END, folder / "data")
    write_cases(past.world.bank, past.cases, folder / "applications.parquet")
    bank = past.world.bank
    weak = weak_branches(bank.staff)[bank.customers.branch]
    stays = past.world.closed < 0
    ids = [f"C{100_000_000 + i}" for i in range(len(weak))]
    facts = {
        name: engine.from_arrow(_dated(pq.read_table(folder / "data" / name), moment))
        for name, moment in (("event", "occurred_at"), ("complaint", "received_at"), ("interaction", "occurred_at"))
    }
    yield Lived(
        facts, pq.read_table(folder / "applications.parquet").to_pylist(),
        [ids[i] for i in np.flatnonzero(weak & stays)], [ids[i] for i in np.flatnonzero(~weak & stays)],
    )  # fmt: skip
    for table in facts.values():
        engine.release(table)


def _dated(rows: pa.Table, moment: str) -> pa.Table:
    local = pc.local_timestamp(pc.cast(rows[moment], pa.timestamp("us", "Asia/Shanghai")))
    return rows.append_column("business_date", pc.cast(local, pa.date32()))


def told(engine: Engine, lived: Lived, code: str, period: Period, customers: list[str]) -> JourneyMap:
    among = engine.from_arrow(pa.table({"customer_id": pa.array(customers, pa.string())}))
    data = RuleData(END, among, None, lived.facts.__getitem__, among)
    journey = read_journeys(Path(REPO / "examples" / "bank")).named(code)
    with journey_cases(engine, Population(data, among), journey, period) as found:
        answer = read_journey(engine, found)
    engine.release(among)
    return answer


def stage(told: JourneyMap, code: str) -> StageReading:
    return next(each for each in told.stages if each.code == code)


def test_every_application_ends_as_and_where_it_was_planned(engine: Engine, lived: Lived) -> None:
    period = Period(FIRST, OVER)
    customers = [*lived.weak, *lived.steady]
    known = set(customers)
    for code in ("loan_application", "account_opening", "wealth_purchase"):
        found = told(engine, lived, code, period, customers)
        planned = [
            row for row in lived.truth
            if row["journey"] == code and row["customer_id"] in known
            and FIRST <= row["began_on"] <= OVER
        ]  # fmt: skip
        fates = Counter(row["fate"] for row in planned)
        assert found.cases == len(planned) > 100
        assert (found.succeeded, found.rejected, found.withdrawn, found.abandoned, found.waiting) == (
            fates["completed"], fates["rejected"], fates["withdrawn"], fates["abandoned"], 0,
        )  # fmt: skip
        left = Counter(row["ends_at"] for row in planned if row["fate"] == "abandoned")
        assert {each.code: each.abandoned for each in found.stages if each.abandoned} == dict(left)


def test_weak_branches_lose_more_where_identity_is_proved(engine: Engine, lived: Lived) -> None:
    period = Period(FIRST, OVER)
    weak, steady = (told(engine, lived, "loan_application", period, each) for each in (lived.weak, lived.steady))
    gap = dict(compared(weak, steady)[1].parts)["abandoned"]
    assert gap is not None
    # A part of them proves it in the app, where branches do not matter.
    assert 0 < gap.low < LOST_AT_IDENTITY["weak_branch"] - LOST_AT_IDENTITY["branch"]
    assert (stage(weak, "identity").pain.score or 0) > (stage(steady, "identity").pain.score or 0)


def test_approvals_are_told_in_the_app_as_late_and_as_seldom_as_planted(engine: Engine, lived: Lived) -> None:
    found = told(engine, lived, "loan_application", Period(FIRST, OVER), [*lived.weak, *lived.steady])
    [lag] = [each for each in found.lags if each.status == "approved" and each.to_channel == "app"]
    assert lag.from_channel == "other"
    assert lag.median_s == pytest.approx(TOLD_MEDIAN_S, rel=0.2)
    never = lag.never / (lag.cases + lag.never)
    assert abs(never - NEVER_TOLD) < 4 * np.sqrt(NEVER_TOLD * (1 - NEVER_TOLD) / (lag.cases + lag.never))


def test_counters_that_ask_again_are_seen_at_documents(engine: Engine, lived: Lived) -> None:
    found = told(engine, lived, "loan_application", Period(FIRST, OVER), [*lived.weak, *lived.steady])
    documents, review = stage(found, "documents"), stage(found, "review")
    assert documents.rekeyed is not None
    assert documents.rekeyed > 0.05 * documents.cases
    assert review.rekeyed == 0


def test_the_bad_release_is_seen_at_the_confirmation_of_payments(engine: Engine, lived: Lived) -> None:
    release = Period(END - timedelta(days=RELEASE_FROM), END - timedelta(days=RELEASE_TO))
    maps = [told(engine, lived, "payment", each, [*lived.weak, *lived.steady]) for each in (release, release.before)]
    confirmed = compared(*maps)[2]
    failed = dict(confirmed.parts)["failed"]
    assert failed is not None
    assert failed.excludes_zero
    assert 0.5 < failed.estimate / (PAY_FAILED_AT_RELEASE - PAY_FAILED) < 1.5
    assert (confirmed.pain[0] or 0) > 1.5 * (confirmed.pain[1] or 0)
