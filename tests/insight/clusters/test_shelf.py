import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from liuke.engine import DuckEngine, Engine
from liuke.errors import YourMistake
from liuke.insight.clusters.model import ClusterModel, learn_clusters
from liuke.insight.clusters.shelf import active, keep, models, open_model, use
from tests.insight.clusters.test_model import DAY, KEY, THREE, bank

NOW = datetime(2026, 7, 1, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def two() -> tuple[ClusterModel, ClusterModel]:
    engine = DuckEngine(memory_limit_mb=256, threads=1)
    one, other = (learn_clusters(engine, engine.from_arrow(bank(THREE, seed)), DAY, KEY) for seed in (7, 8))
    engine.close()
    assert one.version != other.version
    return one, other


def test_a_model_comes_back_as_it_was_written(tmp_path: Path, two: tuple[ClusterModel, ClusterModel]) -> None:
    keep(tmp_path, two[0], NOW)
    assert active(tmp_path) == two[0]
    assert not [p for p in tmp_path.iterdir() if p.suffix not in (".json", ".lock")]


def test_writing_a_model_twice_is_as_once(tmp_path: Path, two: tuple[ClusterModel, ClusterModel]) -> None:
    keep(tmp_path, two[0], NOW)
    before = (tmp_path / f"{two[0].version}.json").read_bytes()
    keep(tmp_path, two[0], NOW)
    assert (tmp_path / f"{two[0].version}.json").read_bytes() == before
    assert [e.state for e in models(tmp_path)] == ["active"]


def test_one_model_is_in_use_and_the_older_can_be_taken_up_again(
    tmp_path: Path, two: tuple[ClusterModel, ClusterModel]
) -> None:
    for model in two:
        keep(tmp_path, model, NOW)
    assert {e.version: e.state for e in models(tmp_path)} == {two[0].version: "retired", two[1].version: "active"}
    use(tmp_path, two[0].version, NOW)
    assert active(tmp_path) == two[0]
    assert sorted(e.state for e in models(tmp_path)) == ["active", "retired"]


def test_an_unknown_version_is_told_with_the_known(tmp_path: Path, two: tuple[ClusterModel, ClusterModel]) -> None:
    keep(tmp_path, two[0], NOW)
    with pytest.raises(YourMistake, match=f"no cluster model is called 'nope'; known names: {two[0].version}"):
        use(tmp_path, "nope", NOW)


def _other_centre(plain: dict[str, object]) -> None:
    plain["clusters"][0]["centroid"][0] += 1.0  # type: ignore[index]


def _no_scales(plain: dict[str, object]) -> None:
    del plain["scales"]


def _newer(plain: dict[str, object]) -> None:
    plain["format"] = 99


@pytest.mark.parametrize("spoil", [_other_centre, _no_scales, _newer])
def test_a_changed_file_is_not_used(tmp_path: Path, two: tuple[ClusterModel, ClusterModel], spoil) -> None:  # type: ignore[no-untyped-def]
    keep(tmp_path, two[0], NOW)
    path = tmp_path / f"{two[0].version}.json"
    plain = json.loads(path.read_text(encoding="utf-8"))
    spoil(plain)
    path.write_text(json.dumps(plain), encoding="utf-8")
    with pytest.raises(YourMistake, match="not the one that was registered"):
        active(tmp_path)
    # Registered as it is now, its content still has to be what its version says.
    [entry] = models(tmp_path)
    with pytest.raises(YourMistake, match=r"do not fit together|not the hash of what it says"):
        open_model(tmp_path, replace(entry, fingerprint=hashlib.sha256(path.read_bytes()).hexdigest()))


def test_a_home_without_clusters_has_none(tmp_path: Path) -> None:
    assert active(tmp_path / "nowhere") is None
    assert models(tmp_path / "nowhere") == ()


def test_a_list_that_cannot_be_read_says_so(tmp_path: Path, engine: Engine) -> None:
    (tmp_path / "registry.json").write_text("{", encoding="utf-8")
    with pytest.raises(YourMistake, match="the list cannot be read"):
        models(tmp_path)
