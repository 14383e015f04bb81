import json
import pickle
from pathlib import Path

import pytest

from liuke.errors import YourMistake
from liuke.insight.churn.learning import artefact
from liuke.insight.churn.learning.artefact import Origin, load, save
from liuke.insight.churn.learning.augment import Derived
from liuke.insight.churn.learning.model import Model
from liuke.insight.churn.learning.preparation import Preparation
from liuke.insight.churn.learning.train import train
from tests.insight.churn.learning.made import QUICK, examples

ORIGIN = Origin("churn", "v1", "sha256:abc", "registry-7", 3, {"members": 2}, {"label": "left"})


@pytest.fixture(scope="module")
def model() -> Model:
    return train(examples(600), None, seed=3, settings=QUICK).model


@pytest.fixture
def folder(model: Model, tmp_path: Path) -> Path:
    save(model, tmp_path / "models" / "v1", ORIGIN, "<!doctype html>card")
    return tmp_path / "models" / "v1"


class Bomb:
    """Unpickling it leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def test_a_saved_model_predicts_the_same_to_the_last_bit(model, folder):
    back = load(folder)
    features = examples(200, seed=9).features
    assert (back.model.predict(features) == model.predict(features)).all()
    assert (back.model.contributions(features) == model.contributions(features)).all()
    assert back.model == model


def test_the_manifest_tells_where_the_model_comes_from(folder):
    found = load(folder)
    assert found.origin == ORIGIN
    assert {"liuke", "lightgbm", "scikit-learn", "numpy", "scipy", "python"} <= set(found.libraries)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["names"] == ["a", "b", "c", "noise"]
    assert all(len(sha) == 64 for sha in manifest["files"].values())


def test_equal_models_have_equal_fingerprints(model, folder, tmp_path):
    assert save(model, tmp_path / "again", ORIGIN, "<!doctype html>card") == load(folder).fingerprint


def test_only_json_text_and_the_card_are_written(folder):
    assert {p.suffix for p in folder.iterdir()} == {".json", ".txt", ".html"}


def test_a_pickle_that_someone_put_there_is_refused_and_never_opened(folder, tmp_path):
    (folder / "model.pkl").write_bytes(pickle.dumps(Bomb(tmp_path / "mark")))
    with pytest.raises(YourMistake, match="does not list this file"):
        load(folder)
    assert not (tmp_path / "mark").exists()


def test_a_pickle_in_the_place_of_a_model_is_refused_and_never_opened(folder, tmp_path):
    (folder / "model_0.txt").write_bytes(pickle.dumps(Bomb(tmp_path / "mark")))
    with pytest.raises(YourMistake, match="not the one that was written"):
        load(folder)
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    "name", ["model_0.txt", "calibration.json", "preparation.json", "references.json", "card.html"]
)
def test_a_changed_file_is_refused(folder, name):
    path = folder / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(YourMistake, match="cannot be trusted") as error:
        load(folder)
    assert name in error.value.render()


def test_a_missing_file_is_named(folder):
    (folder / "model_1.txt").unlink()
    with pytest.raises(YourMistake, match="missing") as error:
        load(folder)
    assert "model_1.txt" in error.value.render()


def test_a_link_to_a_file_elsewhere_is_refused(folder, tmp_path):
    (folder / "model_0.txt").rename(tmp_path / "elsewhere.txt")
    (folder / "model_0.txt").symlink_to(tmp_path / "elsewhere.txt")
    with pytest.raises(YourMistake, match="cannot be trusted"):
        load(folder)


def test_a_manifest_that_was_not_registered_is_refused(folder):
    with pytest.raises(YourMistake, match="not the one that was registered"):
        load(folder, "0" * 64)


@pytest.mark.parametrize("text", ["not json", "[]", '{"format": 99, "files": {}}'])
def test_a_manifest_that_is_none_of_ours_is_refused(folder, text):
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(YourMistake, match="cannot be trusted"):
        load(folder)


def test_parts_that_do_not_fit_together_are_refused(folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["weights"] = [1.0, 1.0, 1.0]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(YourMistake, match="do not fit together"):
        load(folder)


def test_a_folder_without_a_model_is_said_to_be_one(tmp_path):
    with pytest.raises(YourMistake, match="no model here"):
        load(tmp_path)


def test_a_model_is_never_overwritten(model, folder):
    with pytest.raises(YourMistake, match="already"):
        save(model, folder, ORIGIN)


def test_a_failure_while_writing_leaves_nothing(model, tmp_path, monkeypatch):
    def broken(self: Path, target: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(artefact.Path, "rename", broken)
    with pytest.raises(OSError, match="disk full"):
        save(model, tmp_path / "v1", ORIGIN)
    assert list(tmp_path.iterdir()) == []


def test_a_preparation_is_read_back_from_its_plain_values():
    one = Preparation(("a", "b"), (0, 1), (Derived("ratio", (0, 1)),))
    assert Preparation.from_dict(json.loads(json.dumps(one.as_dict()))) == one
