"""Every feature of the registry on a simulated bank, and what is learned from it: DuckDB and Spark agree."""

import json
import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from typer.testing import CliRunner

from liuke.cli.app import app
from liuke.cli.demo.feeds import FEEDS, deliver
from liuke.cli.demo.home import make_demo_home
from liuke.cli.demo.plan import Plan
from liuke.insight.features.registry import FEATURES
from liuke.sim import found_bank, history
from liuke.wiring import House, open_house
from tests.alike import differences
from tests.spark import small_spark_in

pytestmark = pytest.mark.spark

END = date(2026, 6, 30)
SOON = {
    "use": "soon",
    "definitions": {
        "soon": {
            "name": {"zh": "四周", "en": "four weeks"},
            "horizon_days": 28,
            "losses": [
                {"kind": "hard"},
                {"kind": "silent_activity", "days": 14, "minimum_monthly_mean": 1},
                {"kind": "silent_balance", "fall": 0.3, "stays_days": 7},
            ],
        }
    },
    "training": {"every": 35, "snapshots": 2, "history_days": 90},
}
"""A loss that comes soon and often, so that two days of a small bank are enough to learn from and to judge on."""


def bank(folder: Path, customers: int) -> House:
    """A bank home with seven months of history, loaded as banks load."""
    plan = Plan(customers=customers, end=END, months=7, loop_days=60)
    home, files = folder / "home", folder / "files"
    make_demo_home(home, plan)
    history(found_bank(plan.config), END, files)
    house = open_house(home)
    for feed in FEEDS:
        deliver(house, files, feed, day=END, backfill=True)
    shutil.rmtree(files)
    return house


@pytest.fixture
def learners_view(monkeypatch) -> list[pa.Table]:
    """What `liuke train` streams out of the engine to the learner, in the order of day and pseudonym."""
    from liuke.insight.churn import dataset

    seen, read = [], dataset._read

    def noted(engine, view, asked):
        seen.append(engine.batches(view).read_all().sort_by([("as_of", "ascending"), ("subject", "ascending")]))
        return read(engine, view, asked)

    monkeypatch.setattr(dataset, "_read", noted)
    return seen


def train(home: Path, copy: Path, engine: str) -> tuple[dict, dict[str, bytes]]:
    """What `liuke train --engine` says, and the files of the model it writes, by a copy of the home."""
    shutil.copytree(home, copy)
    result = CliRunner().invoke(app, ["train", "--home", str(copy), "--engine", engine, "--json"])
    assert result.exit_code == 0, result.exception
    said = json.loads(result.stdout)
    folder = Path(said.pop("folder"))
    return said, {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_is_learned_from_every_feature_of_the_registry_on_both_engines(tmp_path, learners_view):
    """Two past days in one pass: features, fates, signals, pseudonyms are equal, and so is the model, to the byte."""
    house = bank(tmp_path, 300)
    house.pseudonym_key()  # makes one; each copy of the home would make its own
    home = house.home
    (home / "policies" / "churn.yaml").write_text(yaml.safe_dump(SOON), encoding="utf-8")
    small_spark_in(home)
    expected, model = train(home, tmp_path / "duck", "duckdb")
    found, model_of_spark = train(home, tmp_path / "spark", "spark")

    duck, spark = learners_view
    keys = ["as_of", "subject"]
    assert duck.num_rows > 400
    assert set(duck.column_names) == {*keys, *FEATURES, "lost", "lead_days", "aum_then", "aum_mean_then", "signal"}
    assert not list(differences(duck, spark, keys))
    speaking = [name for name in FEATURES if len(duck[name].drop_null().unique()) > 1]
    assert len(speaking) > 200, "the bank is too small to tell features apart"
    assert found == expected
    assert model_of_spark == model
