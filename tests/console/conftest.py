"""A small real bank behind the console: built once, its state copied into the test database for every test."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tests.processes import one_process, session_folder
from tests.state_rows import Rows, of_dump, put

ROOT = Path(__file__).resolve().parents[2]


def _beside(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


small_bank = _beside("small_bank")
browsing = _beside("browsing")
experimenting = _beside("experimenting")
shopping = _beside("shopping")
walking = _beside("walking")
browser, opened = browsing.browser, browsing.opened


@pytest.fixture(scope="session")
def built() -> None:
    """Scripts, styles and English texts; `make test` has built them before."""
    if not (ROOT / "src/liuke/console/static/liuke/dist/manifest.json").exists():
        pytest.skip("the console's assets are not built: run `make assets`")
    subprocess.run([sys.executable, str(ROOT / "scripts/build_assets.py"), "--only-texts"], check=True)


@pytest.fixture(scope="session")
def bank_home(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> tuple[Path, Path]:
    """The home, and a dump of the state the daily runs made; the database itself is left empty again.

    Made by the test process that comes first; every other takes a copy.
    """
    made = session_folder(tmp_path_factory) / "small-bank"
    with one_process(made.with_suffix(".lock")):
        if not (made / "state.json").exists():
            day = small_bank.last_day()
            home = small_bank.make_home(made / "home", day)
            with django_db_blocker.unblock():
                small_bank.run_days(home, day)
                call_command("dumpdata", "state", output=str(made / "state.json"), verbosity=0)
                call_command("flush", interactive=False, verbosity=0)
    own = tmp_path_factory.mktemp("bank")
    shutil.copytree(made, own, dirs_exist_ok=True)
    return own / "home", own / "state.json"


@pytest.fixture(scope="session")
def bank_rows(bank_home: tuple[Path, Path], django_db_blocker: Any) -> Rows:
    """The state of the small bank."""
    with django_db_blocker.unblock():
        return of_dump(bank_home[1])


@pytest.fixture
def bank(bank_home: tuple[Path, Path], bank_rows: Rows, built: None, settings: Any, db: None) -> Path:
    """The small bank, ready to be looked at. What its readers have prepared serves the next test, too, as it serves the
    next request.
    """
    from liuke.console.reading import close_all, house

    home, _ = bank_home
    if not (house.cache_info().currsize and house().home == home):
        close_all()
    settings.HOME = home
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    put(bank_rows)
    return home


@pytest.fixture
def own_bank(bank: Path, settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A copy of the small bank that a test may add files and lake rows to; `seen_by` looks at it."""
    from liuke.console.reading import close_all

    home = tmp_path / "home"
    shutil.copytree(bank, home)
    settings.HOME = home
    close_all()
    yield home
    close_all()


@pytest.fixture
def seen_by(bank: Path) -> Callable[[str], Client]:
    """seen_by("rm1"): a client logged in as that person."""

    def enter(username: str) -> Client:
        from liuke.state.models import User

        client = Client()
        client.force_login(User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter
