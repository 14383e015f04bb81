"""What the READMEs tell a newcomer to type works, and the English one is as complete as the Chinese one."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.test_links import DOCUMENTS
from tests.architecture.test_names import REPO

BOTH = ("README.md", "README.en.md")


def text(name: str | Path) -> str:
    return (REPO / name).read_text(encoding="utf-8")


def shell_blocks(name: str | Path) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```", text(name), re.DOTALL | re.MULTILINE)
    return [body for language, body in fenced if language in {"", "sh", "bash", "console"}]


def shell_lines(name: str | Path) -> list[list[str]]:
    """Commands in the shell blocks of a document, without comments."""
    lines = (line.split(" #")[0].removeprefix("$ ") for block in shell_blocks(name) for line in block.splitlines())
    return [parts for line in lines if not line.startswith("#") and (parts := line.split())]


def options_of(words: list[str]) -> set[str]:
    """Options of the command that the words name, sub-commands included."""
    from typer.main import get_command

    from liuke.cli.app import app

    command = get_command(app)
    for word in words:
        if not hasattr(command, "get_command"):
            break
        command = command.get_command(None, word)
        if command is None:
            pytest.skip(f"'{' '.join(words)}' is not registered; test_links names the commands that are missing")
    return {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_options_in_documents_exist(document):
    for parts in shell_lines(document):
        if parts[0] == "liuke" and len(parts) > 1:
            said = {p.split("=")[0] for p in parts[2:] if p.startswith("--")}
            assert said - options_of(parts[1:]) - {"--help"} == set(), " ".join(parts)


def test_both_readmes_have_the_same_shape():
    def shape(name: str) -> dict[str, object]:
        whole = text(name)
        return {
            "headings": [len(h) for h in re.findall(r"^(#+) ", whole, re.MULTILINE)],
            "table rows": len(re.findall(r"^\|", whole, re.MULTILINE)),
            "numbered steps": len(re.findall(r"^\d+\. ", whole, re.MULTILINE)),
            "commands": shell_lines(name),
            "targets": sorted(re.findall(r"`make ([a-z]+)", whole)),
            "links": sorted(set(re.findall(r"\]\(([^)]+)\)", whole)) - set(BOTH)),
        }

    chinese, english = (shape(name) for name in BOTH)
    assert chinese == english


def test_the_readmes_lead_to_each_other():
    assert "](README.en.md)" in text("README.md")
    assert "](README.md)" in text("README.en.md")


@pytest.mark.public_data
@pytest.mark.skipif(os.name == "nt", reason="the blocks are for a Unix shell")
def test_the_real_bank_of_the_readme_gives_a_worklist(public_data, tmp_path):
    [berka] = [block for block in shell_blocks("README.md") if "--template berka" in block]
    script = berka.replace("/data/berka", shlex.quote(str(public_data / "berka")))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "200"}
    environment.pop("LIUKE_HOME", None)
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"W[0-9a-f]{16}", done.stdout)
    assert "近30天交易" in done.stdout
