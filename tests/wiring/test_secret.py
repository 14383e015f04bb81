"""The keys of a bank home: sessions and pseudonyms."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from liuke.errors import TryAgain
from liuke.wiring.secret import pseudonym_key, secret_key


@pytest.fixture(autouse=True)
def _no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIUKE_SECRET_KEY", raising=False)
    monkeypatch.delenv("LIUKE_PSEUDONYM_KEY", raising=False)


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    key = secret_key(tmp_path)
    assert len(key) >= 50
    assert secret_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["secret_key"]


def test_many_who_start_at_once_get_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(secret_key, [tmp_path] * 64))) == 1


def test_the_environment_wins_and_then_no_file_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIUKE_SECRET_KEY", "from the vault")
    assert secret_key(tmp_path) == "from the vault"
    assert not list(tmp_path.iterdir())


def test_without_a_home_every_call_has_its_own_key() -> None:
    assert secret_key(None) != secret_key(None)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(TryAgain, match="LIUKE_SECRET_KEY"):
        secret_key(tmp_path / "absent")


def test_the_pseudonym_key_is_another_one_kept_in_a_file_of_its_own(tmp_path: Path) -> None:
    key = pseudonym_key(tmp_path)
    assert pseudonym_key(tmp_path) == key != secret_key(tmp_path)
    assert stat.S_IMODE((tmp_path / "pseudonym_key").stat().st_mode) == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pseudonym_key", "secret_key"]


def test_the_pseudonym_key_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIUKE_PSEUDONYM_KEY", "from the bank's vault")
    assert pseudonym_key(tmp_path / "absent") == "from the bank's vault"


def test_a_home_without_room_for_the_pseudonym_key_names_its_variable(tmp_path: Path) -> None:
    with pytest.raises(TryAgain, match="LIUKE_PSEUDONYM_KEY"):
        pseudonym_key(tmp_path / "absent")
