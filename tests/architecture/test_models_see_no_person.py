"""The modules that learn and predict can not even name a customer: they import neither tables nor the lake."""

import ast

import pytest

from tests.conftest import REPO

CHURN = REPO / "src" / "liuke" / "insight" / "churn"
UPLIFT = REPO / "src" / "liuke" / "insight" / "uplift"
LEARNING = sorted([*(CHURN / "learning").glob("*.py"), *(p for p in UPLIFT.glob("*.py") if p.name != "table.py")])
FORBIDDEN = ("liuke.tables", "liuke.lake", "liuke.engine", "liuke.collect", "liuke.insight.known", "ibis")


def imported(path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(room + ".")


@pytest.mark.parametrize("path", LEARNING, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_the_learner_imports_no_bank(path):
    assert [n for n in imported(path) for room in FORBIDDEN if within(n, room)] == []


@pytest.mark.parametrize("name", ["dataset.py", "scoring.py"])
def test_what_feeds_a_model_takes_rows_through_the_pseudonym_and_names_no_table_of_customers(name):
    names = imported(CHURN / name)
    assert "liuke.govern.pseudonym.pseudonymised" in names
    tables = {n.rsplit(".", 1)[1] for n in names if n.startswith("liuke.tables.") and n.rsplit(".", 1)[1].isupper()}
    assert tables <= {"REASONS_KEPT", "LEVERS_KEPT"}


def test_what_asks_a_model_again_sees_numbers_only():
    names = imported(CHURN / "levers.py")
    rooms = [room for room in FORBIDDEN if room != "liuke.tables"]
    assert [n for n in names for room in rooms if within(n, room)] == []
    assert {n for n in names if within(n, "liuke.tables")} == {"liuke.tables.scores", "liuke.tables.scores.LEVERS_KEPT"}


def test_the_modules_looked_at_exist():
    assert len(LEARNING) > 20
