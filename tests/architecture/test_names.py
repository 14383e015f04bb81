"""The tree tells the story: no drawer for things without a subject, no file nobody can read."""

import re
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
SUBJECTLESS = re.compile(r"^(utils?|helpers?|common|misc|manager|service|base_.*|.*_(utils?|helpers?))$")
MAX_LINES = 500


def tracked(suffix: str = "") -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=REPO, capture_output=True, text=True, check=True
    )
    return [Path(line) for line in listed.stdout.splitlines() if line.endswith(suffix) and (REPO / line).is_file()]


def test_no_file_or_folder_is_named_after_no_subject():
    parts = {(path, part) for path in tracked() for part in (*path.parts[:-1], path.stem)}
    assert [str(path) for path, part in sorted(parts) if SUBJECTLESS.match(part)] == []


@pytest.mark.parametrize("tree", ["src", "tests", "benchmarks", "scripts"])
def test_no_source_file_is_longer_than_a_sitting(tree):
    def code_lines(path: Path) -> int:
        lines = (REPO / path).read_text(encoding="utf-8").splitlines()
        return sum(1 for line in lines if line.strip() and not line.strip().startswith("#"))

    long = {str(p): n for p in tracked(".py") if p.parts[0] == tree and (n := code_lines(p)) > MAX_LINES}
    assert long == {}


def test_lock_files_hold_versions_and_hashes_only():
    locks = [*(REPO / "requirements").glob("*.lock"), *REPO.glob("package-lock.json")]
    assert locks
    assert [
        p.name for p in locks if "://" in re.sub(r'"url": "https?://[^"]*"', "", p.read_text(encoding="utf-8"))
    ] == []


def test_every_dependency_says_why_it_is_here():
    why = (REPO / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    project = (REPO / "pyproject.toml").read_text(encoding="utf-8")
    import tomllib

    table = tomllib.loads(project)
    named = table["project"]["dependencies"] + [d for g in table["dependency-groups"].values() for d in g]
    names = {re.split(r"[\[<>=~ ]", d)[0].lower() for d in named}
    assert sorted(n for n in names if f"`{n}`" not in why) == []
