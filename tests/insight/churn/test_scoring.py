from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from liuke.engine import DuckEngine
from liuke.errors import YourMistake
from liuke.govern.pseudonym import identifiers, with_subject
from liuke.insight.churn.learning.artefact import Artefact, Origin, load, save
from liuke.insight.churn.learning.data import Examples
from liuke.insight.churn.learning.settings import Candidate, TrainSettings
from liuke.insight.churn.learning.train import train
from liuke.insight.churn.score_policy import ScorePolicy
from liuke.insight.churn.score_rows import Scorer, score_rows
from liuke.insight.churn.scoring import reasons, score, typical_values
from liuke.stats.drift import shares_in
from liuke.tables import SCORE

KEY = "k" * 32
NAMES = ("own_count_30", "aum", "complaint_count_90")
QUICK = TrainSettings(
    candidates=(Candidate("one", {"num_leaves": 7, "min_data_in_leaf": 20}),), max_rounds=30, members=2
)
EASY = QUICK.but(allow_leak=True)


def people(n, seed):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.poisson(8, n), np.exp(rng.normal(10, 1, n)), rng.poisson(0.2, n)]).astype(float)
    x[::11, 0] = np.nan
    odds = -1 - 0.4 * np.nan_to_num(x[:, 0], nan=8) + 1.5 * x[:, 2]
    return x, (rng.uniform(size=n) < 1 / (1 + np.exp(-odds))).astype(np.int8)


@pytest.fixture(scope="module")
def artefact():
    x, y = people(4000, 1)
    model = train(Examples(x, NAMES, y), None, seed=1, settings=QUICK).model
    return Artefact(model, Origin("attrition", "v1", "d", "f", 1), {}, "print")


@pytest.fixture(scope="module")
def engine():
    made = DuckEngine(threads=1)
    yield made
    made.close()


def table(engine, n=500, seed=2):
    x, _ = people(n, seed)
    columns = {"customer_id": [f"C{i:04}" for i in range(n)]}
    columns |= {name: pa.array(x[:, i], from_pandas=True) for i, name in enumerate(NAMES)}
    return x, engine.from_arrow(pa.table(columns))


def test_scores_come_back_to_their_own_customers(engine, artefact):
    x, features = table(engine)
    rows = engine.arrow(score(engine, features, artefact, KEY).rows).sort_by("customer_id")
    assert rows["customer_id"].to_pylist() == [f"C{i:04}" for i in range(500)]
    np.testing.assert_allclose(rows["probability"].to_numpy(), artefact.model.predict(x))


def test_reasons_are_the_models_own_contributions(engine, artefact):
    x, features = table(engine)
    rows = engine.arrow(reasons(engine, features, artefact, KEY)).sort_by("customer_id").to_pylist()
    exact = artefact.model.contributions(x)[:, :-1]
    for row, values, points in zip(rows, x, exact, strict=True):
        for place in (1, 2, 3):
            name = row[f"reason_{place}"]
            if name is None:
                assert row[f"reason_{place}_value"] is None
                continue
            i = NAMES.index(name)
            assert row[f"reason_{place}_points"] == pytest.approx(points[i])
            said = row[f"reason_{place}_value"]
            assert (said is None and np.isnan(values[i])) or said == values[i]
        assert (row["reason_1"] is None) == bool((points <= 0).all())


def test_features_are_read_in_the_precision_of_the_training(engine):
    """0.1 + 0.2 is not 0.3, and 0.7 is not the 0.7 of single precision: neither may look like drift or turn a leaf."""
    x = np.tile([0.3, 0.7, 0.9], 400)[:, None]
    learned = x.astype(np.float32)
    model = train(Examples(learned, ("aum",), (x[:, 0] > 0.8).astype(np.int8)), None, seed=1, settings=EASY).model
    features = engine.from_arrow(pa.table({"customer_id": ["C1", "C2", "C3"], "aum": [0.1 + 0.2, 0.7, 0.9]}))
    found = score(engine, features, Artefact(model, Origin("attrition", "v1", "d", "f", 1), {}, "print"), KEY)
    rows = engine.arrow(found.rows.order_by("customer_id"))
    assert rows["probability"].to_pylist() == model.predict(learned[:3]).tolist()
    [(then, now)] = found.seen.features().values()
    assert now.shares == pytest.approx(then.shares) == (1 / 3, 1 / 3, 1 / 3)


def test_in_a_large_bank_the_pseudonym_says_who_counts_for_drift(engine, artefact, monkeypatch):
    monkeypatch.setattr("liuke.insight.churn.scoring.ENOUGH", 100)
    x, features = table(engine)
    backwards = features.order_by(features.customer_id.desc())
    seen = [score(engine, rows, artefact, KEY).seen for rows in (features, backwards)]
    assert seen[0].features() == seen[1].features()
    who = engine.arrow(with_subject(features.select("customer_id"), KEY).order_by("customer_id"))["subject"].to_pylist()
    drawn = np.array([subject < f"{16**8 // 5:08x}" for subject in who])
    assert 70 < drawn.sum() < 130
    for place, (then, now) in enumerate(seen[0].features().values()):
        assert now == shares_in(then, x[drawn, place].astype(np.float32))


class Spy:
    """Notes every column name that leaves the engine for Python."""

    def __init__(self, engine):
        self._engine, self.seen = engine, set()

    def __getattr__(self, name):
        return getattr(self._engine, name)

    def arrow(self, expr):
        self.seen |= set(expr.columns)
        return self._engine.arrow(expr)

    def batches(self, expr, rows=122_880):
        self.seen |= set(expr.columns)
        return self._engine.batches(expr, rows)


def test_nothing_that_leads_to_a_person_leaves_the_engine_on_its_way_to_the_model(engine, artefact):
    _, features = table(engine)
    spy = Spy(engine)
    score(spy, features, artefact, KEY)
    reasons(spy, features, artefact, KEY)
    assert "subject" in spy.seen
    assert spy.seen & identifiers() == set()


def test_a_days_rows_are_scores_of_those_at_risk_with_reasons_for_those_with_a_tier(engine, artefact):
    x, features = table(engine)
    standing = features.select("customer_id", at_risk=features.aum > 20_000, aum=features.aum.cast("decimal(18, 2)"))
    made = score_rows(
        engine, features, standing, Scorer(artefact, "active", KEY),
        day=date(2026, 6, 30), capacity=5.0, policy=ScorePolicy(contact_cost=1, red_days=1, orange_days=2),
    )  # fmt: skip
    rows = engine.arrow(made.rows)
    assert rows.schema.names == list(SCORE.names)
    lines = rows.to_pylist()
    assert len(lines) == int((x[:, 1] > 20_000).sum())
    tiers = [line["tier"] for line in lines]
    assert (tiers.count("red"), tiers.count("orange")) == (5, 5)
    assert all((line["reason_1"] is not None) <= (line["tier"] != "none") for line in lines)
    assert any(line["reason_1"] for line in lines)
    red = [line["probability"] for line in lines if line["tier"] == "red"]
    yellow = [line["probability"] for line in lines if line["tier"] == "yellow"]
    assert not yellow or min(red) >= max(yellow)
    assert made.seen.customers == len(lines)


def test_a_feature_that_is_not_built_any_more_is_named(engine, artefact):
    _, features = table(engine)
    with pytest.raises(YourMistake, match="needs features that are not built: aum"):
        score(engine, features.drop("aum"), artefact, KEY)


def test_a_model_read_from_disk_counts_each_feature_in_its_own_bins(engine, artefact, tmp_path):
    _, features = table(engine)
    save(artefact.model, tmp_path / "v1", artefact.origin)
    fresh = score(engine, features, artefact, KEY).seen.features()
    stored = score(engine, features, load(tmp_path / "v1"), KEY).seen.features()
    assert stored == fresh
    assert list(NAMES) != sorted(NAMES)


def test_typical_values_are_the_medians_of_the_training(artefact):
    x, _ = people(4000, 1)
    typical = typical_values(artefact.model)
    assert typical["own_count_30"] == np.nanmedian(x[:, 0])
    assert typical["aum"] == pytest.approx(np.median(x[:, 1]), rel=0.01)
    assert typical["complaint_count_90"] == 0.0
