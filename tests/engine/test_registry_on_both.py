"""Every feature of the registry on a simulated bank, and what is learned from it: DuckDB and Spark agree."""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from typer.testing import CliRunner

from liuke.cli.app import app
from liuke.insight.features.registry import FEATURES
from liuke.wiring import open_house
from tests.alike import differences
from tests.spark import small_spark_in

pytestmark = pytest.mark.spark

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


def test_the_same_is_learned_from_every_feature_of_the_registry_on_both_engines(tmp_path, loaded_home, learners_view):
    """Two past days in one pass: features, fates, signals, pseudonyms are equal, and so is the model, to the byte."""
    home = tmp_path / "home"
    shutil.copytree(loaded_home, home)
    open_house(home).pseudonym_key()  # makes one; each copy of the home would make its own
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
