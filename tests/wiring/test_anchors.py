"""The file of anchors beside a state database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from liuke.errors import TryAgain
from liuke.govern.audit import AuditRecord
from liuke.settings import AuditSettings
from liuke.state.audit import append
from liuke.wiring import House, open_house
from liuke.wiring.anchors import FILE, anchor_log, anchors_of, check_audit

AT = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path, db: None) -> House:
    (tmp_path / "liuke.yaml").write_text("name: {zh: 测, en: T}\n", encoding="utf-8")
    (tmp_path / "calendar.csv").write_text("date,workday,note\n2026-11-22,0,\n", encoding="utf-8")
    return open_house(tmp_path)


def _rows(*actors: str) -> None:
    for n, actor in enumerate(actors):
        append(AuditRecord(AT + timedelta(seconds=n), actor, "rm", "view_customer", "customer", "C1"))


def _behind_our_back(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_each_day_adds_one_line_and_a_day_without_rows_none(house: House) -> None:
    assert anchor_log(house, AT) is None
    _rows("a", "b")
    assert anchor_log(house, AT) is not None
    assert anchor_log(house, AT) is None
    _rows("c")
    anchor_log(house, AT + timedelta(days=1))
    assert [anchor.seq for anchor in anchors_of(house)] == [2, 3]
    verdict = check_audit(house)
    assert (verdict.failure, verdict.rows, verdict.anchors) == (None, 3, 2)


def _rechained() -> None:
    """What somebody with the whole database in hand can do: a row less, and a chain that fits."""
    _behind_our_back("DELETE FROM state_auditentry WHERE seq >= 2")
    _rows("d", "e")


@pytest.mark.parametrize(("attack", "failure"), [
    (lambda: _behind_our_back("UPDATE state_auditentry SET actor = 'x' WHERE seq = 1"), "row"),
    (lambda: _behind_our_back("DELETE FROM state_auditentry WHERE seq = 3"), "cut"),
    (_rechained, "rewritten"),
])  # fmt: skip
def test_what_was_done_to_the_log_is_found(house: House, attack: Callable[[], None], failure: str) -> None:
    _rows("a", "b", "c")
    anchor_log(house, AT)
    attack()
    assert check_audit(house).failure == failure


def test_another_key_does_not_pass_for_the_banks(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _rows("a")
    anchor_log(house, AT)
    monkeypatch.setenv("LIUKE_ANCHOR_KEY", "another")
    assert check_audit(house).failure == "seal"


def test_anchors_lie_where_the_settings_say_and_a_folder_that_is_away_is_told(house: House, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file, not a folder")
    _rows("a")
    moved = house.settings.model_copy(update={"audit": AuditSettings(anchors=tmp_path / "elsewhere")})
    anchor_log(replace(house, settings=moved), AT)
    assert (tmp_path / "elsewhere" / FILE).is_file()
    away = house.settings.model_copy(update={"audit": AuditSettings(anchors=tmp_path / "blocked" / "x")})
    with pytest.raises(TryAgain, match="anchors cannot be"):
        anchor_log(replace(house, settings=away), AT)
