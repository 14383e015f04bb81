"""The list of models and which one scores."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from liuke.errors import YourMistake
from liuke.insight.churn.grounds import against_signals, grounds_text, too_few
from liuke.insight.churn.learning.artefact import Origin, save
from liuke.insight.churn.learning.data import Examples
from liuke.insight.churn.learning.settings import TrainSettings
from liuke.insight.churn.learning.train import train
from liuke.insight.churn.registry import Entry, activate, active, challengers, models, register, retire

NOW = datetime(2026, 6, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 2))
    y = (x[:, 0] + rng.normal(size=400) > 0.5).astype(np.int8)
    return train(Examples(x, ("a", "b"), y), None, seed=1, settings=TrainSettings(max_rounds=5, members=1)).model


def added(folder, model, version, state="candidate", name="lost"):
    fingerprint = save(model, folder / name / version, Origin(name, version, "d", "f", 1))
    register(folder, Entry(name, version, state, fingerprint, f"2026-06-0{version[-1]}", "because"))


def states(folder):
    return {e.label: e.state for e in models(folder)}


def test_an_empty_folder_has_no_models(tmp_path):
    assert (models(tmp_path), active(tmp_path), challengers(tmp_path, "lost")) == ((), None, ())


def test_a_new_active_model_retires_its_predecessor_and_no_other_name(tmp_path, model):
    added(tmp_path, model, "v1", "active")
    added(tmp_path, model, "v2", "active", name="other")
    added(tmp_path, model, "v3", "active")
    assert states(tmp_path) == {"lost/v1": "retired", "other/v2": "active", "lost/v3": "active"}
    assert (active(tmp_path, "lost").origin.version, active(tmp_path).origin.version) == ("v3", "v3")


def test_candidates_wait_newest_first_and_can_be_activated_and_retired(tmp_path, model):
    for version in ("v1", "v2", "v3"):
        added(tmp_path, model, version)
    assert [a.origin.version for a in challengers(tmp_path, "lost")] == ["v3", "v2", "v1"]
    activate(tmp_path, "lost/v2", now=NOW)
    assert states(tmp_path) == {"lost/v1": "candidate", "lost/v2": "active", "lost/v3": "candidate"}
    activate(tmp_path, "lost/v3", now=NOW)
    retire(tmp_path, "lost/v3", now=NOW)
    assert (states(tmp_path)["lost/v2"], active(tmp_path, "lost")) == ("retired", None)


def test_an_unknown_model_is_told_with_the_nearest_and_nothing_changes(tmp_path, model):
    added(tmp_path, model, "v1", "active")
    before = (tmp_path / "registry.json").read_text()
    with pytest.raises(YourMistake, match="did you mean 'lost/v1'"):
        retire(tmp_path, "lost/v", now=NOW)
    assert (tmp_path / "registry.json").read_text() == before


def test_a_model_whose_files_were_changed_is_not_used(tmp_path, model):
    added(tmp_path, model, "v1", "active")
    (tmp_path / "lost" / "v1" / "manifest.json").write_text("{}")
    with pytest.raises(YourMistake, match="cannot be trusted"):
        active(tmp_path, "lost")


def test_a_spoiled_list_is_told_and_a_deleted_folder_is_not_listed(tmp_path, model):
    added(tmp_path, model, "v1", "active")
    (tmp_path / "lost" / "v1").rename(tmp_path / "elsewhere")
    assert models(tmp_path) == ()
    (tmp_path / "registry.json").write_text("{")
    with pytest.raises(YourMistake, match="list of models cannot be read"):
        models(tmp_path)


def test_why_a_model_has_its_state_is_kept_as_codes_that_both_languages_say(tmp_path, model):
    added(tmp_path, model, "v1", "active")
    added(tmp_path, model, "v2", "active")
    activate(tmp_path, "lost/v1", now=NOW)
    told = {e.version: (grounds_text(e.grounds), grounds_text(e.grounds, "en"), e.reason) for e in models(tmp_path)}
    assert told["v1"] == ("人工启用", "activated by hand", "activated by hand")
    assert told["v2"] == ("由 v1 接替", "replaced by v1", "replaced by v1")


def test_entries_of_an_older_release_have_a_reason_and_no_codes(tmp_path, model):
    added(tmp_path, model, "v1", "active")
    plain = json.loads((tmp_path / "registry.json").read_text(encoding="utf-8"))
    del plain["models"][0]["grounds"]
    (tmp_path / "registry.json").write_text(json.dumps(plain), encoding="utf-8")
    [entry] = models(tmp_path)
    assert (entry.reason, entry.grounds, grounds_text(entry.grounds)) == ("because", (), "")


def test_grounds_of_a_newer_release_are_not_half_told():
    assert grounds_text([too_few("last", 3), {"code": "unheard_of"}]) == ""
    assert grounds_text([too_few("last", 3), against_signals("last_not_fallen", 0.71, 0.5)], "en") == (
        "last snapshot: everybody: only 3 lost, not judged; the not yet fallen: AUC 0.710 against 0.500 of the signals"
    )
