import json
import subprocess
import sys
from importlib import import_module

import pytest
import structlog

from liuke.cli import app as program
from liuke.cli.app import MODULES
from liuke.cli.logs import configure_logs
from liuke.errors import OurBug, TryAgain, YourMistake


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "liuke", *arguments], capture_output=True, text=True, check=False)


def test_an_unknown_command_is_a_usage_error_without_traceback():
    done = run("nosuch")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "nosuch" in done.stderr


def test_a_command_does_not_wait_for_libraries_that_only_some_commands_need():
    heavy = ("lightgbm", "sklearn", "scipy.stats", "pyspark", "django.contrib", "openpyxl", "uvicorn", "numba")
    assert imported(f"for module in set({list(MODULES.values())}): import_module(module)", heavy) == "[]"


def test_the_program_itself_waits_for_no_engine_and_no_database():
    assert imported("import liuke.cli", ("ibis", "duckdb", "django", "pandas", "pyarrow")) == "[]"


def imported(code: str, names: tuple[str, ...]) -> str:
    """Which of the names a fresh program has imported after that code."""
    whole = f"import sys; from importlib import import_module\n{code}\nprint([n for n in {names} if n in sys.modules])"
    return subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, check=True).stdout.strip()


def test_every_command_is_found_in_the_module_that_is_written_down_for_it():
    for module in MODULES.values():
        import_module(module)
    found = {c.name or c.callback.__name__: c.callback.__module__ for c in program.app.registered_commands}
    groups = {g.name or g.typer_instance.info.name: g.typer_instance for g in program.app.registered_groups}
    found |= {name: group.registered_commands[0].callback.__module__ for name, group in groups.items()}
    assert found == dict(MODULES)


def test_the_nearest_command_is_suggested():
    assert "Did you mean 'load'?" in run("lod").stderr


def test_version_is_printed():
    assert run("version").stdout.strip()


@pytest.mark.parametrize(("error", "code"), [(YourMistake("m"), 2), (OurBug("b"), 70), (TryAgain("t"), 75)])
def test_each_family_of_errors_has_its_exit_code(monkeypatch, capsys, error, code):
    def fails(**_):
        raise error

    monkeypatch.setattr(program, "app", fails)
    with pytest.raises(SystemExit) as stop:
        program.main()
    assert stop.value.code == code
    assert f"error: {error.what}" in capsys.readouterr().err


def test_an_unexpected_failure_shows_a_message_and_keeps_the_traceback_in_a_file(monkeypatch, capsys):
    def fails(**_):
        raise ZeroDivisionError("secret 13812345678")

    monkeypatch.setattr(program, "app", fails)
    with pytest.raises(SystemExit) as stop:
        program.main()
    shown = capsys.readouterr().err
    assert stop.value.code == 70
    assert "Traceback" not in shown
    assert "13812345678" not in shown
    assert ".log" in shown


def test_logs_are_json_without_personal_data(capsys):
    configure_logs(verbose=True)
    structlog.get_logger().info("looked", customer_id="C1", name="冯秀英", phone="13812345678")
    line = json.loads(capsys.readouterr().err)
    assert (line["customer_id"], line["name"], line["phone"]) == ("C1", "<personal>", "<personal>")
