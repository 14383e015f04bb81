"""Segments that ask a question about behaviour: stored by the run, told in changes, composed, spelled and refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from liuke.clock import AsOf
from liuke.engine import DuckEngine, Engine
from liuke.errors import YourMistake
from liuke.insight.known import bank_tables
from liuke.insight.segments.catalogue import SegmentFile, parse_segment, read_segments
from liuke.insight.segments.change import segment_change
from liuke.insight.segments.day import run_tags_and_segments
from liuke.insight.segments.live import live_data
from liuke.insight.segments.preview import count_members
from liuke.insight.segments.snapshots import members_on, snapshot_days
from liuke.lake import Lake
from tests.insight import bank as b
from tests.insight.fates import filled
from tests.insight.segments.small import ANALYST, HEAD, segment

FUNNEL = {"steps": [{"name": "search"}, {"name": "apply_start"}], "window": "7d"}
STOPPED = {"behaviour": {"funnel": FUNNEL, "stopped_at": 1, "waiting": True, "days": 10}}
APPLIED = {"behaviour": {"funnel": FUNNEL, "reached": 2, "days": 10}}


def event(who: str, days_ago: int, name: str, hour: int = 12) -> dict[str, Any]:
    return b.row("event", event_id=f"{who}{days_ago}{name}", customer_id=who, event_name=name,
                 occurred_at=b.at(b.ago(days_ago), hour))  # fmt: skip


def bank() -> b.Bank:
    """C1 searches and applies two days later, C2 searches only, C3 applies only."""
    events = [event("C1", 5, "search"), event("C1", 3, "apply_start"), event("C2", 5, "search"),
              event("C3", 3, "apply_start")]  # fmt: skip
    return {"customer": [b.customer(f"C{n}", branch_id="B1") for n in (1, 2, 3)], "event": events}


def write(home: Path, code: str, rule: dict[str, Any]) -> None:
    (home / "segments").mkdir(exist_ok=True)
    text = yaml.safe_dump(HEAD | {"rule": rule}, allow_unicode=True)
    (home / "segments" / f"{code}.yaml").write_text(text, encoding="utf-8")


def run(lake: Lake, engine: Engine, home: Path, day: date) -> None:
    run_tags_and_segments(lake, engine, bank_tables(lake, engine, AsOf.end_of(day, b.ZONE), b.ZONE), home, None)


def members(lake: Lake, engine: Engine, code: str, day: date) -> list[str]:
    return sorted(engine.arrow(members_on(lake, engine, code, day))["customer_id"].to_pylist())


def test_the_run_stores_the_members_of_every_day_and_live_counts_are_the_same(
    lake: Lake, engine: Engine, tmp_path: Path
) -> None:
    filled(lake, bank())
    write(tmp_path, "stopped", STOPPED)
    write(tmp_path, "applied", {"all": [APPLIED, {"not": {"segment": "stopped"}}]})
    run(lake, engine, tmp_path, b.ago(4))
    run(lake, engine, tmp_path, b.DAY)
    assert members(lake, engine, "stopped", b.ago(4)) == ["C1", "C2"]
    assert members(lake, engine, "stopped", b.DAY) == ["C2"]
    assert members(lake, engine, "applied", b.DAY) == ["C1"]
    assert snapshot_days(lake, engine, "stopped") == [b.ago(4), b.DAY]
    for code, found in read_segments(tmp_path / "segments", {}).items():
        data = live_data(lake, engine, AsOf.end_of(b.DAY, b.ZONE), b.ZONE, [found.rule])
        assert count_members(engine, found.rule, data) == len(members(lake, engine, code, b.DAY))


def test_a_day_before_any_such_event_has_nobody_and_stops_no_run(lake: Lake, engine: Engine, tmp_path: Path) -> None:
    filled(lake, bank())
    write(tmp_path, "stopped", STOPPED)
    run(lake, engine, tmp_path, b.ago(30))
    assert members(lake, engine, "stopped", b.ago(30)) == []


def test_one_question_of_several_rules_is_asked_once_and_leaves_no_table(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(lake, bank())
    write(tmp_path, "stopped", STOPPED)
    write(tmp_path, "applied", {"all": [APPLIED, {"not": {"segment": "stopped"}}]})
    engine = DuckEngine(memory_limit_mb=512, threads=1)
    made: list[str] = []
    released: list[str] = []
    from_arrow, release = engine.from_arrow, engine.release
    monkeypatch.setattr(engine, "from_arrow", lambda data: noted(made, from_arrow(data)))
    monkeypatch.setattr(engine, "release", lambda table: release(noted(released, table)))
    run(lake, engine, tmp_path, b.DAY)
    with_people = [name for name in made if name in released]
    assert len(with_people) == 1
    engine.close()


def noted(names: list[str], table: Any) -> Any:
    names.append(table.get_name())
    return table


def test_a_change_names_the_question_that_turned(engine: Engine) -> None:
    moments = (AsOf.end_of(b.ago(4), b.ZONE), b.AS_OF)
    found = segment_change(engine, b.source(engine, bank()), segment(APPLIED), moments, ANALYST, zone=b.ZONE)
    assert (found.members_before, found.members_after) == (0, 1)
    [entered] = found.people
    [why] = entered.why
    assert "并到达第2步「行为事件 apply_start」" in why.text
    assert (why.before, why.after) == ("否", "是")


def test_what_is_written_comes_back_and_another_step_is_another_version() -> None:
    spec = segment(STOPPED).spec
    again = yaml.safe_dump(spec.model_dump(mode="json", by_alias=True, exclude_defaults=True), allow_unicode=True)
    assert parse_segment(again, {}, {}).spec == spec
    assert parse_segment(again, {}, {}, code="trial").version == segment(STOPPED).version
    assert segment(STOPPED).version != segment(APPLIED).version


def test_a_mistake_within_the_question_has_its_line() -> None:
    text = (
        yaml.safe_dump(HEAD) + "rule:\n  behaviour:\n    funnel:\n      steps:\n        - {nam: search}\n    days: 3\n"
    )
    with pytest.raises(YourMistake) as caught:
        parse_segment(text, {}, {})
    place = caught.value.place
    assert place is not None
    assert (place.line, place.column) == (text[: text.index("{nam")].count("\n") + 1, "rule.behaviour.funnel.steps.0")
    with pytest.raises(YourMistake, match="did you mean 'funnel'"):
        parse_segment(text.replace("funnel:", "funnl:"), {}, {})


def test_lineage_goes_down_to_the_columns_of_the_facts() -> None:
    wide = {"steps": [{"name": "search"}, {"did": "transaction", "where": {"column": "amount", "op": ">", "value": 9}}]}
    found = segment({"behaviour": {"funnel": wide, "stopped_at": 1, "days": 9}}).lineage
    assert {"event.event_name", "event.occurred_at", "transaction.amount", "account.customer_id"} <= set(found.columns)


def test_editors_are_told_of_the_questions() -> None:
    known = SegmentFile.model_json_schema()["$defs"]
    assert {"FunnelCondition", "RetentionCondition", "Funnel", "Retention"} <= known.keys()
    told = known["BehaviourTest"]["properties"]["behaviour"]["oneOf"]
    parts = [known[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in told]
    kinds = ("funnel", "retention", "kept_assets", "journey")
    assert [next(kind for kind in kinds if kind in part["required"]) for part in parts] == list(kinds)
