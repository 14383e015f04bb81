import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from liuke.cli.app import app
from liuke.clock import AsOf
from liuke.engine import DuckEngine
from liuke.errors import YourMistake
from liuke.insight.known import bank_tables
from liuke.insight.segments.day import run_tags_and_segments
from liuke.lake import Lake
from tests.insight import bank as b
from tests.insight.fates import filled
from tests.insight.segments.test_day import SEGMENT, TAGS, bank


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "liuke.yaml").write_text("name: {zh: 样例银行, en: Sample Bank}\n", encoding="utf-8")
    (tmp_path / "calendar.csv").write_text("date,workday,note\n2026-03-02,1,\n", encoding="utf-8")
    for folder, name, text in (("tags", "trial", TAGS), ("segments", "active", SEGMENT)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    filled(Lake(tmp_path / "lake"), bank())
    return tmp_path


def said(home: Path, *arguments: str) -> str:
    command = [*arguments, "--home", str(home)]
    result = CliRunner(env={"COLUMNS": "140"}).invoke(app, command, catch_exceptions=False, standalone_mode=False)
    return result.output


def run(home: Path) -> None:
    engine, lake = DuckEngine(memory_limit_mb=512, threads=1), Lake(home / "lake")
    run_tags_and_segments(lake, engine, bank_tables(lake, engine, AsOf.end_of(b.DAY, b.ZONE), b.ZONE), home, None)
    engine.close()


def test_tags_are_listed_with_coverage_and_lineage(home: Path) -> None:
    assert json.loads(said(home, "tags", "--json"))[0]["customers"] is None
    run(home)
    first = json.loads(said(home, "tags", "--json"))[0]
    assert (first["tag"], first["customers"], first["share"]) == ("logged_in", 1, 0.5)
    assert "event.event_name" in first["columns"]
    assert "50.0%" in said(home, "tags")


def test_segments_are_listed_and_counted_by_code_or_name(home: Path) -> None:
    run(home)
    [row] = json.loads(said(home, "segments", "list", "--json"))
    assert (row["segment"], row["members"], row["as_of"]) == ("active", 1, str(b.DAY))
    for name in ("active", "登录客户"):
        found = json.loads(said(home, "segments", "count", name, "--as-of", str(b.DAY), "--json"))
        assert (found["members"], found["customers"]) == (1, 2)


def test_an_unknown_segment_and_a_home_without_a_run_are_told(home: Path) -> None:
    with pytest.raises(YourMistake, match="did you mean 'active'"):
        said(home, "segments", "count", "actve", "--as-of", str(b.DAY))
    with pytest.raises(YourMistake, match="nothing has been run"):
        said(home, "segments", "count", "active")
