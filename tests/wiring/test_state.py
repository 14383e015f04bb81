"""Starting the state database of a bank home, in processes of their own: one process has one home."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from liuke.errors import YourMistake
from liuke.wiring import open_house

START = (
    "import sys; from pathlib import Path; from liuke.wiring.state import start_state; start_state(Path(sys.argv[1]));"
)


def _run(home: Path, body: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LIUKE_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-c", START + body, str(home)],
        env=clean | environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "liuke.yaml").write_text(
        "name: {zh: 测, en: T}\ntime_zone: Asia/Tokyo\nlocale: en\nconsole: {https: true, hosts: [liuke.bank]}\n",
        encoding="utf-8",
    )
    return tmp_path


def test_settings_follow_the_bank_home(home: Path) -> None:
    body = """
from django.conf import settings as s
print(s.TIME_ZONE, s.LANGUAGE_CODE, s.SESSION_COOKIE_SECURE, s.ALLOWED_HOSTS, s.CSRF_TRUSTED_ORIGINS, s.DEBUG)
"""
    assert _run(home, body).stdout.strip() == "Asia/Tokyo en True ['liuke.bank'] ['https://liuke.bank'] False"
    assert (home / "state.sqlite3").is_file()


def test_starting_again_is_a_no_op_and_another_home_in_the_same_process_is_refused(home: Path, tmp_path: Path) -> None:
    body = """
from liuke.errors import OurBug
start_state(Path(sys.argv[1]))
try:
    start_state(Path('/elsewhere'))
except OurBug as error:
    print(error.what)
"""
    assert _run(home, body).stdout.strip() == "this process already works on another bank home"


def test_the_deployment_check_of_django_finds_nothing_when_https_is_on(home: Path) -> None:
    done = _run(
        home,
        """
from django.core.checks import run_checks, Tags
found = [m for m in run_checks(tags=[Tags.security, Tags.models, Tags.compatibility], include_deployment_checks=True)]
print(sorted(m.id for m in found))
""",
    )
    # W005, W021: subdomains and preloading of HSTS are the bank's decision, not ours.
    assert done.stdout.strip() == "['security.W005', 'security.W021']", done.stderr


def test_a_database_that_is_away_is_a_message_to_try_again(home: Path) -> None:
    done = _run(home, "", LIUKE_STATE_URL="postgresql://x:y@127.0.0.1:1/none?connect_timeout=2")
    assert "TryAgain: the state database cannot be used" in done.stderr.replace("liuke.errors.", "")


def test_a_folder_that_is_no_bank_home_is_named(tmp_path: Path) -> None:
    assert "this folder is not a bank home" in _run(tmp_path, "").stderr


def test_a_file_that_is_no_database_is_a_message_and_not_a_crash(home: Path) -> None:
    (home / "state.sqlite3").write_bytes(b"this is no database " * 100)
    done = _run(home, "")
    assert "TryAgain: the state database cannot be used: file is not a database" in done.stderr.replace(
        "liuke.errors.", ""
    )


def test_a_home_without_a_working_calendar_says_where_to_get_one(home: Path) -> None:
    with pytest.raises(YourMistake, match="working calendar is missing") as caught:
        open_house(home)
    assert caught.value.place is not None
    assert "liuke init" in (caught.value.then or "")
