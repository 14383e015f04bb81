"""The models page: what is registered, how good it was, drift and challengers; the card in its sandbox."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from browsing import PHONE, WIDE, needs_browser, troubles
from django.test import Client
from small_bank import PEOPLE, _number, _rm, last_day

from liuke.insight.churn.learning.artefact import Origin, save
from liuke.insight.churn.learning.data import Examples
from liuke.insight.churn.learning.model import Model
from liuke.insight.churn.learning.settings import TrainSettings
from liuke.insight.churn.learning.train import train
from liuke.insight.churn.registry import Entry, activate, register
from liuke.insight.churn.watch.contest import Contest
from liuke.lake import Lake
from liuke.state.models import WorkOrder
from liuke.stats.compare import Interval
from liuke.tables import CONTEST, CUSTOMER_SNAPSHOT, DRIFT, SCORE
from liuke.wiring import open_house

SeenBy = Callable[[str], Client]
NAMES = ("own_count_30", "aum")
FACTS = {
    "auc": {"all": 0.91, "not_fallen": 0.8412, "last": 0.9, "last_not_fallen": None},
    "test_days": ["2026-04-30", "2026-05-31"], "test_people": 1800, "test_lost": 90, "verdict": "ahead",
}  # fmt: skip
CARD = "<!doctype html><html><head><style>b{color:red}</style></head><body><b>the card of v1</b></body></html>"


@pytest.fixture(scope="module")
def model() -> Model:
    rng = np.random.default_rng(1)
    x = np.column_stack([rng.poisson(8, 400), np.exp(rng.normal(10, 1, 400))]).astype(float)
    y = (x[:, 0] + rng.normal(size=400) < 6).astype(np.int8)
    return train(Examples(x, NAMES, y), None, seed=1, settings=TrainSettings(max_rounds=5, members=1)).model


def _registered(home: Path, model: Model, version: str, state: Any) -> None:
    folder = home / "models"
    origin = Origin("attrition", version, "data", "features", 1, facts=FACTS)
    fingerprint = save(model, folder / "attrition" / version, origin, CARD)
    register(folder, Entry("attrition", version, state, fingerprint, "2026-06-30T02:00:00+00:00", "it beat them"))


def _reading(kind: str, name: str, reading: float, level: str, version: str = "v1") -> dict[str, Any]:
    return {
        "as_of": last_day(), "model": "attrition", "version": version, "kind": kind, "name": name,
        "reading": reading, "reference": 0.25, "level": level, "customers": 77,
    }  # fmt: skip


def _score(n: int, role: str, version: str) -> dict[str, Any]:
    empty = {f"reason_{place}{tail}": None for place in (1, 2, 3) for tail in ("", "_value", "_points")}
    return empty | {
        "as_of": last_day(), "customer_id": _number(n), "model": "attrition", "version": version, "role": role,
        "probability": 0.3725, "rank": n + 1, "tier": "red" if n < 9 else "none", "expected_gain": 5.0,
        "cause": "needs", "reason_1": "own_count_30", "reason_1_value": 2.0, "reason_1_points": 1.5,
    }  # fmt: skip


def _fill(home: Path, readings: list[Mapping[str, Any]]) -> None:
    lake = Lake(home / "lake")
    lake.replace(DRIFT, pa.Table.from_pylist(readings, schema=DRIFT.arrow))
    scores = [_score(n, *who) for n in range(PEOPLE) for who in (("active", "v1"), ("shadow", "v2"))]
    lake.replace(SCORE, pa.Table.from_pylist(scores, schema=SCORE.arrow))


@pytest.fixture
def modelled(own_bank: Path, model: Model) -> Path:
    """An active model with an old candidate, drift readings, scores by both, and probabilities in the snapshot."""
    _registered(own_bank, model, "v1", "active")
    _registered(own_bank, model, "v2", "candidate")
    readings = [
        _reading("feature", "aum", 0.04, "ok"), _reading("feature", "own_count_30", 0.31, "alert"),
        _reading("score", "probability", 0.12, "watch"), _reading("label", "2026-05-01", 0.06, "ok"),
        _reading("ranking", "2026-05-01", 0.801, "ok"), _reading("ranking", "2026-05-01", 0.823, "ok", "v2"),
    ]  # fmt: skip
    _fill(own_bank, readings)
    house = open_house(own_bank)
    with house.engine() as engine:
        rows = engine.arrow(house.lake.scan(engine, CUSTOMER_SNAPSHOT))
    chance = pa.array([0.3725] * rows.num_rows, pa.float64())
    place = rows.schema.get_field_index("probability")
    filled = rows.set_column(place, "probability", chance).select(CUSTOMER_SNAPSHOT.names)
    house.lake.replace(CUSTOMER_SNAPSHOT, filled.cast(CUSTOMER_SNAPSHOT.arrow))
    return own_bank


def test_without_a_model_the_page_says_how_to_train_one(bank: Path, seen_by: SeenBy) -> None:
    text = seen_by("analyst").get("/models/").content.decode()
    assert "liuke train" in text
    assert "还没有训练过模型" in text


def test_the_page_shows_figures_drift_by_level_the_proposal_and_the_challenger(modelled: Path, seen_by: SeenBy) -> None:
    answer = seen_by("analyst").get("/models/")
    seen, text = answer.context, answer.content.decode()
    assert [value for _label, value in seen["figures"]] == ["0.841", "0.910", "0.900"]
    assert [line.code for line in seen["features"]] == ["own_count_30", "aum"]
    assert seen["features"][0].part == pytest.approx(0.62)
    assert [row["kind"] for row in seen["drift"].others] == ["score", "label", "ranking"]
    assert seen["advice"] == "retrain"  # the feature that shifted carries the model
    assert "建议重新训练模型" in text
    contenders = {c.role: c for c in seen["contest"].contenders}
    assert (contenders["active"].customers, contenders["active"].tiers["red"]) == (PEOPLE, 9)
    assert (contenders["active"].auc, contenders["shadow"].auc) == (0.801, 0.823)
    assert not any(_number(n) in text for n in range(PEOPLE))


def test_the_card_is_served_in_a_sandbox_to_those_who_may_read_it(modelled: Path, seen_by: SeenBy) -> None:
    address = "/models/attrition/v1/card/"
    for username, status in (("analyst", 200), ("head", 200), ("root", 200), ("rm1", 403)):
        assert seen_by(username).get(address).status_code == status
    answer = seen_by("root").get(address)
    assert answer.content.decode() == CARD
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy
    assert seen_by("root").get("/models/attrition/v9/card/").status_code == 404


def test_a_card_that_was_changed_on_disk_is_not_served_and_the_page_says_so(modelled: Path, seen_by: SeenBy) -> None:
    card = modelled / "models" / "attrition" / "v1" / "card.html"
    card.write_text("<script>alert(1)</script>", encoding="utf-8")
    card.parent.touch()
    assert seen_by("analyst").get("/models/attrition/v1/card/").status_code == 404
    assert "模型文件与登记时不一致" in seen_by("analyst").get("/models/").content.decode()


def test_warnings_show_the_models_chance_and_its_reasons_beside_the_signals(modelled: Path, seen_by: SeenBy) -> None:
    answer = seen_by("rm1").get("/warnings/")
    text = answer.content.decode()
    assert "37.3%" in text
    assert re.search(r'<span class="tag">M0\d</span>', text)
    for row in answer.context["rows"]:
        assert row["reasons"][0].code.startswith("M")
        assert "2" in row["reasons"][0].text
    shown = {row["key"] for row in answer.context["rows"]}
    assert shown <= {_number(n) for n in range(PEOPLE) if _rm(n) == "S1"}
    assert WorkOrder.objects.exists()


def test_without_a_probability_the_signals_are_named_as_the_source(bank: Path, seen_by: SeenBy) -> None:
    text = seen_by("rm1").get("/warnings/").content.decode()
    assert "信号规则" in text
    assert not re.search(r'<span class="tag">M0\d</span>', text)


def _contest(home: Path, day: date, difference: float, low: float, high: float, lost: int = 90) -> dict[str, Any]:
    """One comparison of v1 with v2, added to those of the home."""
    row = {
        "as_of": day, "model": "attrition", "version": "v1", "challenger": "v2", "scored_on": day - timedelta(days=90),
        "customers": 1800, "lost": lost, "auc": 0.801, "challenger_auc": 0.801 + difference, "difference": difference,
        "low": low, "high": high,
    }  # fmt: skip
    found = Contest(1800, lost, 0.801, 0.801 + difference, Interval(difference, low, high))
    row |= {"verdict": found.verdict}
    made = pa.Table.from_pylist([row], schema=CONTEST.arrow)
    Lake(home / "lake").replace(CONTEST, made, where=f"as_of = '{day}'")
    return row


@pytest.mark.parametrize(
    ("interval", "word", "bounds"),
    [
        ((0.022, 0.011, 0.033), "挑战者更好", "+0.011 … +0.033"),
        ((-0.03, -0.04, -0.02), "在用模型更好", "−0.040 … −0.020"),
        ((0.001, -0.004, 0.006), "不相上下", "−0.004 … +0.006"),
        ((0.02, -0.01, 0.05), "证据不足", "−0.010 … +0.050"),
    ],
)
def test_champion_and_challenger_are_compared_with_an_interval_and_in_plain_words(
    modelled: Path, seen_by: SeenBy, interval: tuple[float, float, float], word: str, bounds: str
) -> None:
    _contest(modelled, last_day(), *interval)
    client = seen_by("analyst")
    text = client.get("/models/").content.decode()
    assert word in text
    assert bounds in text
    assert ("liuke models activate attrition/v2" in text) == (word == "挑战者更好")
    client.post("/language/", {"language": "en", "next": "/"})
    english = {"挑战者更好": "The challenger is better", "在用模型更好": "The model in use is better",
               "不相上下": "Alike", "证据不足": "Not enough evidence"}[word]  # fmt: skip
    assert english in client.get("/models/").content.decode()


def test_a_better_challenger_of_few_losses_is_not_enough_evidence(modelled: Path, seen_by: SeenBy) -> None:
    _contest(modelled, last_day(), 0.08, 0.02, 0.14, lost=12)
    assert "证据不足" in seen_by("analyst").get("/models/").content.decode()


def test_the_newest_comparison_leads_and_the_older_stand_below(modelled: Path, seen_by: SeenBy) -> None:
    _contest(modelled, last_day() - timedelta(days=7), 0.02, -0.01, 0.05)
    _contest(modelled, last_day(), 0.022, 0.011, 0.033)
    found = seen_by("analyst").get("/models/").context["duels"]
    assert [f.duel.verdict for f in found] == ["challenger", "unclear"]


def test_why_a_model_has_its_state_is_said_in_the_pages_language(modelled: Path, seen_by: SeenBy) -> None:
    activate(modelled / "models", "attrition/v2", now=datetime(2026, 7, 1, tzinfo=UTC))
    client = seen_by("analyst")
    text = client.get("/models/").content.decode()
    assert "人工启用" in text
    assert "由 v2 接替" in text
    client.post("/language/", {"language": "en", "next": "/"})
    assert "replaced by v2" in client.get("/models/").content.decode()


@needs_browser
def test_the_page_and_the_card_keep_the_policy_and_are_accessible(modelled: Path, opened: Callable[..., Any]) -> None:
    _contest(modelled, last_day() - timedelta(days=7), 0.02, -0.01, 0.05)
    _contest(modelled, last_day(), 0.022, 0.011, 0.033)
    for view in (WIDE, PHONE):
        page = opened("analyst", view, at="/models/")
        assert troubles(page) == [], view
    page.goto("/models/attrition/v1/card/")
    assert page.evaluate("getComputedStyle(document.querySelector('b')).color") == "rgb(255, 0, 0)"
