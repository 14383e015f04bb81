"""What the daily run makes of customers, asked by rules: of its own day and of no other."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.govern.access import Scope
from liuke.insight.known import bank_tables
from liuke.insight.rules.data import RuleData
from liuke.insight.segments.catalogue import read_segments
from liuke.insight.segments.change import SegmentChange, segment_change
from liuke.insight.segments.day import AudienceCounts, run_tags_and_segments
from liuke.insight.segments.live import live_data
from liuke.insight.segments.made import made_on
from liuke.insight.segments.preview import count_members
from liuke.insight.tags.catalogue import read_tags
from liuke.lake import Lake
from liuke.tables import CUSTOMER_SNAPSHOT, CUSTOMER_VALUE, SCORE, SEGMENT_MEMBER, SEGMENT_SNAPSHOT, TAG_COVERAGE, Table
from tests.insight import bank as b
from tests.insight.fates import filled
from tests.insight.segments.small import segment

DECLINING = {"attribute": "stage", "value": "declining"}
SEGMENT = """
name: {zh: 衰退, en: Declining}
description: {zh: 衰退, en: Declining}
owner: me
rule: {attribute: stage, value: declining}
"""
TAGS = """
group: {zh: 试, en: Trial}
owner: me
purpose: service
tags:
  down: {name: {zh: 衰退, en: D}, description: {zh: 衰退, en: D}, rule: {attribute: stage, value: declining}}
"""
ALL = Scope("gu", "branch_head", None)
EARLIER = b.ago(7)


def made_rows(table: Table, day: date, **facts: dict[str, Any]) -> pa.Table:
    """Rows of a table of the daily run, one per customer, with something valid in every column not named."""
    some: dict[str, Any] = {"string": "x", "date": day, "money": 0, "int": 0, "float": 0.0, "bool": False}
    blank = {c.name: None if c.nullable else (c.values[0] if c.values else some[c.kind]) for c in table.columns}
    rows = [blank | {"as_of": day, "customer_id": who} | own for who, own in facts.items()]
    return pa.Table.from_pylist(rows, schema=table.arrow)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for folder, name, text in (("tags", "trial", TAGS), ("segments", "declining", SEGMENT)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def bank(lake: Lake) -> Lake:
    filled(lake, {"customer": [b.customer(who) for who in ("C1", "C2", "C3")]})
    return lake


def run(lake: Lake, engine: Engine, home: Path, day: date, **stages: str) -> AudienceCounts:
    """A day's run: value and snapshot stored, as far as they are newest, then tags and segments."""
    tables = bank_tables(lake, engine, AsOf.end_of(day, b.ZONE), b.ZONE)
    made = {}
    if stages:
        lake.replace(CUSTOMER_VALUE, made_rows(CUSTOMER_VALUE, day, **{who: {"stage": s} for who, s in stages.items()}))
        lake.replace(CUSTOMER_SNAPSHOT, made_rows(CUSTOMER_SNAPSHOT, day, C1={}, C2={}, C3={}))
        made = {"value": lake.scan(engine, CUSTOMER_VALUE)}
    return run_tags_and_segments(lake, engine, tables, home, None, made=made)  # type: ignore[arg-type]


def data(lake: Lake, engine: Engine, day: date, *rules: dict[str, Any]) -> RuleData:
    return live_data(lake, engine, AsOf.end_of(day, b.ZONE), b.ZONE, [segment(rule).rule for rule in rules])


def stored(lake: Lake, engine: Engine) -> list[pa.Table]:
    tables = (SEGMENT_MEMBER, SEGMENT_SNAPSHOT, TAG_COVERAGE)
    return [engine.arrow(lake.scan(engine, t).order_by(*t.key)) for t in tables]


def members(lake: Lake, engine: Engine) -> dict[date, list[str]]:
    rows = engine.arrow(lake.scan(engine, SEGMENT_MEMBER).order_by("customer_id")).to_pylist()
    return {day: [r["customer_id"] for r in rows if r["as_of"] == day] for day in {r["as_of"] for r in rows}}


def test_segments_and_tags_take_the_stage_that_the_days_run_made(bank: Lake, engine: Engine, home: Path) -> None:
    done = run(bank, engine, home, b.DAY, C1="declining", C2="mature", C3="declining")
    assert members(bank, engine) == {b.DAY: ["C1", "C3"]}
    assert (done.tagged, done.lacking) == (2, {})
    live = data(bank, engine, b.DAY, DECLINING)
    assert count_members(engine, segment(DECLINING).rule, live) == 2


def test_another_day_is_never_answered_with_todays_values(bank: Lake, engine: Engine, home: Path) -> None:
    run(bank, engine, home, b.DAY, C1="declining", C2="declining", C3="declining")
    for day in (EARLIER, b.ago(1)):
        with pytest.raises(YourMistake, match=f"the attribute 'stage' is not known for {day}"):
            count_members(engine, segment(DECLINING).rule, data(bank, engine, day, DECLINING))


def test_a_value_left_behind_by_an_earlier_run_is_not_the_last_days(bank: Lake, engine: Engine, home: Path) -> None:
    run(bank, engine, home, EARLIER, C1="declining")
    bank.replace(CUSTOMER_SNAPSHOT, made_rows(CUSTOMER_SNAPSHOT, b.DAY, C1={}))  # a run of decisions only
    assert "value" not in made_on(lambda t: bank.scan(engine, t), engine, b.DAY)


def test_a_day_run_again_after_later_ones_keeps_what_it_stored(bank: Lake, engine: Engine, home: Path) -> None:
    run(bank, engine, home, EARLIER, C1="declining", C2="mature", C3="mature")
    run(bank, engine, home, b.DAY, C1="mature", C2="declining", C3="declining")
    kept = [
        engine.arrow(bank.scan(engine, t).order_by(*t.key)) for t in (SEGMENT_MEMBER, SEGMENT_SNAPSHOT, TAG_COVERAGE)
    ]
    again = run(bank, engine, home, EARLIER)
    assert again.lacking == {"down": ("stage",), "declining": ("stage",)}
    assert [
        engine.arrow(bank.scan(engine, t).order_by(*t.key)) for t in (SEGMENT_MEMBER, SEGMENT_SNAPSHOT, TAG_COVERAGE)
    ] == kept


def test_scores_of_a_past_day_are_those_kept_of_it(bank: Lake, engine: Engine) -> None:
    for day, probability in ((EARLIER, 0.9), (b.DAY, 0.1)):
        rows = made_rows(SCORE, day, C1={"probability": probability}, C2={"probability": 0.95, "role": "shadow"})
        bank.append(SCORE, rows, commit_id=f"{day}")
    bank.replace(CUSTOMER_SNAPSHOT, made_rows(CUSTOMER_SNAPSHOT, b.DAY, C1={}))
    rule = {"attribute": "churn_probability", "op": ">=", "value": 0.5}
    counts = {day: count_members(engine, segment(rule).rule, data(bank, engine, day, rule)) for day in (EARLIER, b.DAY)}
    assert counts == {EARLIER: 1, b.DAY: 0}
    with pytest.raises(YourMistake, match="churn_probability"):
        count_members(engine, segment(rule).rule, data(bank, engine, b.ago(3), rule))


def test_without_a_model_nobody_has_a_score_on_the_last_day(bank: Lake, engine: Engine) -> None:
    bank.replace(CUSTOMER_SNAPSHOT, made_rows(CUSTOMER_SNAPSHOT, b.DAY, C1={}))
    for op, n in (("is_null", 3), ("not_null", 0)):
        rule = {"attribute": "churn_probability", "op": op}
        found = data(bank, engine, b.DAY, rule)
        tables = bank_tables(bank, engine, b.AS_OF, b.ZONE)
        people = RuleData(found.day, tables.customer, None, found.facts, found.branches, made=found.made)
        assert count_members(engine, segment(rule).rule, people) == n


def changed(lake: Lake, engine: Engine, home: Path, scope: Scope = ALL) -> SegmentChange:
    known = read_segments(home / "segments", read_tags(home / "tags"))["declining"]
    moments = AsOf.end_of(EARLIER, b.ZONE), b.AS_OF
    return segment_change(engine, lambda t: lake.scan(engine, t), known, moments, scope, zone=b.ZONE)


def test_who_moved_is_told_from_the_stored_members_where_the_past_cannot_be_asked(
    bank: Lake, engine: Engine, home: Path
) -> None:
    run(bank, engine, home, EARLIER, C1="declining", C2="declining", C3="mature")
    run(bank, engine, home, b.DAY, C1="declining", C2="mature", C3="declining")
    found = changed(bank, engine, home)
    assert (found.members_before, found.members_after, found.entered, found.left) == (2, 2, 1, 1)
    assert (found.unexplained, found.reasons) == (("stage",), ())
    assert [(p.direction, p.why) for p in found.people] == [("left", ()), ("entered", ())]
    nowhere = changed(bank, engine, home, Scope("gu", "branch_head", frozenset({"B9"})))
    assert (nowhere.members_before, nowhere.entered, nowhere.people) == (0, 0, ())


def test_members_stored_by_another_definition_are_not_compared(bank: Lake, engine: Engine, home: Path) -> None:
    run(bank, engine, home, EARLIER, C1="declining")
    path = home / "segments" / "declining.yaml"
    path.write_text(SEGMENT.replace("value: declining", "op: in, value: [declining, lost]"), encoding="utf-8")
    run(bank, engine, home, b.DAY, C1="declining")
    with pytest.raises(YourMistake, match=f"'stage' is not known for {EARLIER}"):
        changed(bank, engine, home)
