"""Scores that mature: a champion and a challenger score for weeks, outcomes come in, readings and contest are told.

The definition's horizon is a week, so that a month of runs is enough; everything else is as in a bank: the synthetic
customers do what they do, the runs know what was known then, and every reading is held against a slow count in plain
Python over the stored rows.
"""

import shutil
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from liuke.daily.scoring import score_day
from liuke.insight.churn.definition import AtRisk, ChurnDefinition, NoActivity
from liuke.insight.churn.learning.artefact import Origin, save
from liuke.insight.churn.learning.data import Examples
from liuke.insight.churn.learning.settings import Candidate, TrainSettings
from liuke.insight.churn.learning.train import train
from liuke.insight.churn.registry import Entry, active, register
from liuke.insight.churn.watch.readings import FEWEST_LOST
from liuke.insight.features.build import features_on
from liuke.insight.features.registry import REGISTRY_VERSION
from liuke.insight.known import bank_tables
from liuke.settings import Name
from liuke.stats.ranking import auc, auc_difference
from liuke.tables import ACCOUNT, CONTEST, DRIFT, SCORE, TRANSACTION
from liuke.wiring import open_house
from tests.simulated import SMALL

HORIZON = 7
QUIET = ChurnDefinition(
    name=Name(zh="一周未动", en="A quiet week"),
    horizon_days=HORIZON,
    losses=(NoActivity(),),
    at_risk=AtRisk(minimum_aum=None, minimum_transactions=1, within_days=90),
)
QUICK = TrainSettings(
    candidates=(Candidate("one", {"num_leaves": 7, "min_data_in_leaf": 10}),), max_rounds=30, members=1
)
TOLD = ("own_count_30", "own_count_90", "own_days_90")
BLIND = ("product_count", "complaint_count_90")
DAYS = [SMALL.end - timedelta(days=n) for n in (28, 21, 20, 14, 7)]


def rows(house, table):
    with house.engine() as engine:
        return engine.arrow(house.lake.scan(engine, table)).to_pylist()


def features_of(house, engine, day):
    names = (*TOLD, *BLIND, "own_count_7")
    return features_on(
        engine, lambda table: house.lake.scan(engine, table), [house.as_of(day)], zone=house.zone, names=names
    )


def teach(house, version, names, state):
    """A model of a quiet week from some features: the challenger is told of activity, the champion is not."""
    with house.engine() as engine:
        found = engine.arrow(features_of(house, engine, DAYS[0] - timedelta(days=1))).to_pylist()
    x = np.array([[np.nan if row[n] is None else row[n] for n in names] for row in found])
    label = np.array([(row["own_count_7"] or 0) == 0 for row in found]).astype(np.int8)
    model = train(Examples(x, names, label), None, seed=1, settings=QUICK).model
    facts = {
        "auc": {"all": 0.9}, "test_people": 4_000, "test_lost": 200, "definition": QUIET.model_dump(mode="json"),
    }  # fmt: skip
    origin = Origin("attrition", version, "d", REGISTRY_VERSION, 1, facts=facts)
    fingerprint = save(model, house.models / "attrition" / version, origin)
    since = datetime(2026, 6, 1, tzinfo=UTC).isoformat()
    register(house.models, Entry("attrition", version, state, fingerprint, since, "a test"))


def score(house, day):
    """The scoring step of the day's run, with its watch."""
    with house.engine() as engine:
        tables = bank_tables(house.lake, engine, house.as_of(day), house.zone)
        score_day(house, engine, tables, features_of(house, engine, day), active(house.models))


@pytest.fixture(scope="module")
def matured(loaded_home, tmp_path_factory):
    """The home after scoring over four weeks."""
    home = tmp_path_factory.mktemp("matured") / "home"
    shutil.copytree(loaded_home, home)
    house = open_house(home)
    teach(house, "blind", BLIND, "active")
    teach(house, "told", TOLD, "candidate")
    for day in DAYS:
        score(house, day)
    return house


def outcome(house, day: date) -> dict[str, bool]:
    """Who of those scored on `day` did nothing of their own in the week after, counted row by row."""
    owner = {row["account_id"]: row["customer_id"] for row in rows(house, ACCOUNT)}
    active = {
        owner[row["account_id"]]
        for row in rows(house, TRANSACTION)
        if row["initiator"] == "customer" and day < row["business_date"] <= day + timedelta(days=HORIZON)
    }
    scored = {row["customer_id"] for row in rows(house, SCORE) if row["as_of"] == day}
    return {who: who not in active for who in scored}


def given(house, day: date, version: str) -> dict[str, float]:
    found = rows(house, SCORE)
    return {r["customer_id"]: r["probability"] for r in found if r["as_of"] == day and r["version"] == version}


def pairs(house, day: date, *versions: str):
    lost = outcome(house, day)
    people = sorted(lost)
    label = np.array([lost[who] for who in people]).astype(np.int8)
    told = [given(house, day, version) for version in versions]
    return label, [np.array([each[who] for who in people]) for each in told]


def readings(house, kind: str, version: str) -> dict[str, dict]:
    return {r["name"]: r for r in rows(house, DRIFT) if r["kind"] == kind and r["version"] == version}


def test_only_the_first_scored_day_of_a_week_and_the_last_run_are_kept(matured):
    assert sorted({row["as_of"] for row in rows(matured, SCORE)}) == [DAYS[0], DAYS[1], DAYS[3], DAYS[4]]


def test_every_matured_day_is_read_once_and_by_the_run_that_could_first_know(matured):
    for version in ("blind", "told"):
        found = readings(matured, "label", version)
        assert sorted(found) == [str(DAYS[0]), str(DAYS[1]), str(DAYS[3])]
        assert [found[str(d)]["as_of"] for d in (DAYS[0], DAYS[1], DAYS[3])] == [DAYS[1], DAYS[3], DAYS[4]]


def test_the_rate_of_loss_is_that_of_the_customers_scored_then(matured):
    for day in (DAYS[0], DAYS[1], DAYS[3]):
        label, _ = pairs(matured, day, "blind")
        reading = readings(matured, "label", "blind")[str(day)]
        assert reading["reading"] == pytest.approx(label.mean())
        assert reading["customers"] == len(label)
        assert reading["reference"] == pytest.approx(0.05)
        assert reading["level"] == "alert"  # five in a hundred were lost at the training, a third and more are now


def test_calibration_and_ranking_are_those_of_the_stored_scores(matured):
    for version in ("blind", "told"):
        for day in (DAYS[0], DAYS[1]):
            label, [probability] = pairs(matured, day, version)
            ranking = readings(matured, "ranking", version)[str(day)]
            assert ranking["reading"] == pytest.approx(auc(label, probability))
            assert ranking["reference"] == 0.9
            assert 0 < readings(matured, "calibration", version)[str(day)]["reading"] < 1
    assert readings(matured, "ranking", "blind")[str(DAYS[1])]["level"] == "alert"


def test_the_challenger_who_knows_more_is_said_to_be_better_with_its_interval(matured):
    found = {row["scored_on"]: row for row in rows(matured, CONTEST)}
    assert sorted(found) == [DAYS[0], DAYS[1], DAYS[3]]
    for day, row in found.items():
        label, [ours, theirs] = pairs(matured, day, "blind", "told")
        slow = auc_difference(label, theirs, ours)
        assert (row["model"], row["version"], row["challenger"]) == ("attrition", "blind", "told")
        assert (row["customers"], row["lost"]) == (len(label), int(label.sum()))
        assert (row["difference"], row["low"], row["high"]) == pytest.approx((slow.estimate, slow.low, slow.high))
        assert row["verdict"] == ("challenger" if slow.low > 0 else "unclear")
        assert row["lost"] >= FEWEST_LOST
    assert "challenger" in {row["verdict"] for row in found.values()}


def test_running_a_day_again_tells_the_same(matured):
    before = [sorted(map(str, rows(matured, table))) for table in (DRIFT, CONTEST)]
    score(matured, DAYS[4])
    assert [sorted(map(str, rows(matured, table))) for table in (DRIFT, CONTEST)] == before


def test_the_board_shows_what_matured(matured, settings):
    from liuke.console.reading import close_all, lend
    from liuke.console.reading.duels import duels
    from liuke.console.reading.model_board import contest, registered, watch

    close_all()
    settings.HOME = matured.home
    with lend() as reader:
        lead = next(m for m in registered(reader) if m.entry.state == "active")
        seen, rivals, fought = watch(reader, lead), contest(reader), duels(reader, lead)
    close_all()
    told = {row["kind"]: row for row in seen.others}
    assert {k: told[k]["name"] for k in ("label", "calibration", "ranking")} == dict.fromkeys(
        ("label", "calibration", "ranking"), str(DAYS[3])
    )
    assert seen.proposal.advice == "retrain"
    assert {c.version: c.auc_of for c in rivals.contenders} == {"blind": str(DAYS[3]), "told": str(DAYS[3])}
    newest = max(rows(matured, CONTEST), key=lambda row: row["scored_on"])
    assert [d.scored_on for d in fought.found] == [DAYS[3], DAYS[1], DAYS[0]]
    assert (fought.found[0].verdict, fought.found[0].difference.low) == (newest["verdict"], newest["low"])


def test_before_anything_matures_the_board_says_from_when_on(loaded_home, tmp_path, settings):
    from liuke.console.reading import close_all, lend
    from liuke.console.reading.duels import duels
    from liuke.console.reading.model_board import registered

    home = tmp_path / "home"
    shutil.copytree(loaded_home, home)
    house = open_house(home)
    teach(house, "blind", BLIND, "active")
    teach(house, "told", TOLD, "candidate")
    score(house, DAYS[0])
    close_all()
    settings.HOME = home
    with lend() as reader:
        waiting = duels(reader, next(m for m in registered(reader) if m.entry.state == "active"))
    close_all()
    assert (waiting.found, waiting.first_on) == ((), DAYS[0] + timedelta(days=HORIZON))
