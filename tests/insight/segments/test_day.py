from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.insight.known import bank_tables
from liuke.insight.segments.board import segment_rows, tag_rows
from liuke.insight.segments.catalogue import read_segments
from liuke.insight.segments.day import AudienceCounts, run_tags_and_segments
from liuke.insight.segments.event_days import refresh_event_days
from liuke.insight.segments.live import live_data
from liuke.insight.segments.preview import count_members
from liuke.insight.segments.snapshots import members_on, snapshot_days
from liuke.insight.tags.catalogue import read_tags
from liuke.lake import Lake
from liuke.tables import CONTRACTS, CUSTOMER_SNAPSHOT, CUSTOMER_TAG, EVENT, EVENT_DAY, SEGMENT_MEMBER, TAG_COVERAGE
from tests.insight import bank as b
from tests.insight.fates import filled

TAGS = """
group: {zh: 试, en: Trial}
owner: me
purpose: service
tags:
  logged_in: {name: {zh: 登录, en: In}, description: {zh: 登录, en: In}, rule: {did: event, name: login, within: 7}}
  red: {name: {zh: 红, en: Red}, description: {zh: 红, en: Red}, rule: {attribute: warning_tier, value: red}}
"""
SEGMENT = """
name: {zh: 登录客户, en: Logged in}
description: {zh: 登录, en: In}
owner: me
rule: {all: [{tag: logged_in}, {attribute: tenure_days, op: ">", value: 1}]}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for folder, name, text in (("tags", "trial", TAGS), ("segments", "active", SEGMENT)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def event(number: int, who: str | None, days_ago: int, name: str = "login", **more: object) -> dict[str, object]:
    return b.row(
        "event", event_id=f"E{number}", customer_id=who, event_name=name, occurred_at=b.at(b.ago(days_ago)), **more
    )


def bank() -> b.Bank:
    events = [event(1, "C1", 1), event(2, "C1", 1), event(3, "C2", 9), event(4, None, 1), event(5, "C2", 181)]
    return {"customer": [b.customer("C1"), b.customer("C2")], "event": events}


def run(lake: Lake, engine: Engine, home: Path, day: date = b.DAY) -> AudienceCounts:
    return run_tags_and_segments(lake, engine, bank_tables(lake, engine, AsOf.end_of(day, b.ZONE), b.ZONE), home, None)


def snapshot_of(*people: str) -> pa.Table:
    """CUSTOMER_SNAPSHOT rows of the day with something valid in every column."""
    some = {"string": "x", "date": b.DAY, "money": 0, "int": 0, "float": 0.0}
    blank = {c.name: None if c.nullable else some[c.kind] for c in CUSTOMER_SNAPSHOT.columns}
    made = [blank | {"as_of": b.DAY, "customer_id": who} for who in people]
    return pa.Table.from_pylist(made, schema=CUSTOMER_SNAPSHOT.arrow)


def rows(lake: Lake, engine: Engine, table: object) -> list[dict[str, object]]:
    return engine.arrow(lake.scan(engine, table)).to_pylist()  # type: ignore[arg-type]


def test_a_day_stores_tags_coverage_members_and_sums_and_twice_changes_nothing(
    lake: Lake, engine: Engine, home: Path
) -> None:
    filled(lake, bank())
    made = run(lake, engine, home)
    assert made.lacking == {"red": ("warning_tier",)}
    tables = (CUSTOMER_TAG, TAG_COVERAGE, SEGMENT_MEMBER, EVENT_DAY)
    once = [rows(lake, engine, t) for t in tables]
    assert [(r["customer_id"], r["tag"]) for r in once[0]] == [("C1", "logged_in")]
    assert [(r["tag"], r["customers"], r["share"]) for r in once[1]] == [("logged_in", 1, 0.5)]
    assert [(r["segment"], r["customer_id"]) for r in once[2]] == [("active", "C1")]
    assert sorted((r["customer_id"], r["events"]) for r in once[3]) == [("C1", 2), ("C2", 1)]
    again = run(lake, engine, home)
    assert again.event_days == 0
    assert [rows(lake, engine, t) for t in tables] == once
    assert again.segments == made.segments


def test_the_next_day_tells_who_entered_and_left(lake: Lake, engine: Engine, home: Path) -> None:
    filled(lake, bank() | {"event": [event(1, "C1", 8), event(2, "C2", 0)]})
    first, second = run(lake, engine, home, b.ago(3)), run(lake, engine, home)
    assert [(s.members, s.previous, s.entered, s.left) for s in first.segments] == [(1, None, None, None)]
    assert [(s.members, s.previous, s.entered, s.left) for s in second.segments] == [(1, b.ago(3), 1, 1)]
    assert snapshot_days(lake, engine, "active") == [b.ago(3), b.ago(0)]
    assert engine.arrow(members_on(lake, engine, "active", b.ago(3)))["customer_id"].to_pylist() == ["C1"]
    [row] = segment_rows(lake, engine, read_segments(home / "segments", read_tags(home / "tags")))
    assert (row.members, row.entered, row.left, row.stale, len(row.sizes)) == (1, 1, 1, False, 2)


def test_an_earlier_day_run_late_leaves_what_the_last_run_stored(lake: Lake, engine: Engine, home: Path) -> None:
    filled(lake, bank())
    lake.replace(CUSTOMER_SNAPSHOT, snapshot_of("C1"))
    run(lake, engine, home)
    before = rows(lake, engine, CUSTOMER_TAG), rows(lake, engine, EVENT_DAY)
    run(lake, engine, home, b.ago(20))
    assert (rows(lake, engine, CUSTOMER_TAG), rows(lake, engine, EVENT_DAY)) == before


def test_members_of_old_days_go_unless_the_day_ends_a_month(lake: Lake, engine: Engine, home: Path) -> None:
    filled(lake, bank() | {"event": [event(n, "C1", n) for n in range(80)]})
    days = [date(2026, 4, 29), date(2026, 4, 30), date(2026, 6, 29), b.DAY]
    for day in days:
        run(lake, engine, home, day)
    assert sorted({r["as_of"] for r in rows(lake, engine, SEGMENT_MEMBER)}) == days[1:]
    assert snapshot_days(lake, engine, "active") == days


def test_late_and_erased_events_are_counted_anew(lake: Lake, engine: Engine) -> None:
    filled(lake, bank())
    tables = bank_tables(lake, engine, b.AS_OF, b.ZONE)
    assert refresh_event_days(lake, engine, tables) == 2
    late = event(9, "C2", 9, ingested_at=b.at(b.ago(0)))
    lake.append(EVENT, pa.Table.from_pylist([late], schema=CONTRACTS["event"].arrow), commit_id="late")
    assert refresh_event_days(lake, engine, bank_tables(lake, engine, b.AS_OF, b.ZONE)) == 1
    assert sum(r["events"] for r in rows(lake, engine, EVENT_DAY)) == 4  # type: ignore[misc]


def test_live_counts_are_those_of_the_rule_on_any_day(lake: Lake, engine: Engine, home: Path) -> None:
    filled(lake, bank())
    rule = read_segments(home / "segments", read_tags(home / "tags"))["active"].rule
    for day, members in ((b.DAY, 1), (b.ago(5), 1), (b.ago(2), 0), (b.ago(30), 0)):
        data = live_data(lake, engine, AsOf.end_of(day, b.ZONE), b.ZONE, [rule])
        assert count_members(engine, rule, data) == members, day


def test_figures_of_another_version_of_a_tag_are_stale(lake: Lake, engine: Engine, home: Path) -> None:
    filled(lake, bank())
    run(lake, engine, home)
    fresh = {r.tag.code: (r.customers, r.stale) for r in tag_rows(lake, engine, read_tags(home / "tags"))}
    assert fresh == {"logged_in": (1, False), "red": (None, False)}
    (home / "tags" / "trial.yaml").write_text(TAGS.replace("within: 7", "within: 8"), encoding="utf-8")
    assert [r.stale for r in tag_rows(lake, engine, read_tags(home / "tags"))] == [True, False]


def test_a_bank_without_tags_and_segments_has_nothing_to_do(lake: Lake, engine: Engine, tmp_path: Path) -> None:
    filled(lake, bank())
    made = run(lake, engine, tmp_path / "nowhere")
    assert (made.coverage, made.segments, made.tagged) == ((), (), 0)


@pytest.mark.parametrize(
    ("old", "new", "said", "line"),
    [
        ("{tag: logged_in}", "{tag: loged_in}", "no tag is called 'loged_in'; did you mean 'logged_in'?", 5),
        ("{tag: logged_in}", "{segment: active}", "segment active → segment active", 5),
        ("owner: me", "ower: me", "unknown key 'ower'; did you mean 'owner'?", 4),
    ],
)
def test_mistakes_in_a_segment_are_told_with_file_and_line(
    home: Path, old: str, new: str, said: str, line: int
) -> None:
    path = home / "segments" / "active.yaml"
    path.write_text(SEGMENT.replace(old, new), encoding="utf-8")
    with pytest.raises(YourMistake) as caught:
        read_segments(home / "segments", read_tags(home / "tags"))
    assert said in caught.value.what
    assert caught.value.place is not None
    assert (caught.value.place.file, caught.value.place.line) == (str(path), line)


def test_a_file_name_that_is_no_code_is_refused(home: Path) -> None:
    (home / "segments" / "My Segment.yaml").write_text(SEGMENT, encoding="utf-8")
    with pytest.raises(YourMistake, match="cannot be a segment's code"):
        read_segments(home / "segments", read_tags(home / "tags"))
