"""Every decision record says what guards it, and the guard exists."""

import re

import pytest

from tests.architecture.test_names import REPO

RECORDS = sorted((REPO / "docs" / "adr").glob("[0-9]*.md"))
GUARD = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


@pytest.mark.parametrize("record", RECORDS, ids=lambda p: p.stem)
def test_a_record_has_context_decision_consequences_and_living_guards(record):
    text = record.read_text(encoding="utf-8")
    for part in ("**Context.**", "**Decision.**", "**Consequences.**", "**Guarded by**"):
        assert part in text
    guards = GUARD.findall(text)
    assert guards
    for path, name in guards:
        assert (REPO / path).is_file(), path
        if name:
            assert re.search(rf"^def {name}\(", (REPO / path).read_text(encoding="utf-8"), re.MULTILINE), name


def test_the_index_lists_every_record():
    index = (REPO / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    assert RECORDS
    assert [r.name for r in RECORDS if f"]({r.name})" not in index] == []
