"""Tags and segments: the catalogue, the figures of the last run, and live questions within a person's scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from liuke.console.reading.lending import Reader
from liuke.console.showing import locale
from liuke.errors import YourMistake
from liuke.govern.access import Scope, scoped
from liuke.insight.features.store import stored_features
from liuke.insight.rules.codes import Codes, bank_codes
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.references import Resolved
from liuke.insight.segments.board import SegmentRow, TagRow, segment_rows, tag_rows
from liuke.insight.segments.catalogue import Segment, read_segments
from liuke.insight.segments.change import SegmentChange, segment_change
from liuke.insight.segments.live import live_data
from liuke.insight.segments.preview import SegmentPreview, count_and_sample, preview
from liuke.insight.segments.snapshots import snapshot_days
from liuke.insight.snapshot import last_run_day
from liuke.insight.tags.catalogue import Tag, read_tags
from liuke.tables import Table


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the bank's files define. mistake: why they cannot be read; then there are neither tags nor segments.

    codes: the bank's own codes that rules compare with, in words.
    """

    tags: Mapping[str, Tag]
    segments: Mapping[str, Segment]
    mistake: YourMistake | None = None
    codes: Codes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Live:
    """Who meets a rule now, in the person's scope: members of customers, and masked rows of some, the richest first."""

    day: date
    members: int
    customers: int
    sample: tuple[Mapping[str, Any], ...]

    @property
    def share(self) -> float | None:
        """Members of all customers in scope; None without any."""
        return self.members / self.customers if self.customers else None


def catalogue(reader: Reader) -> Catalogue:
    """The catalogue as the files say it now; parsed again only when one of them changes."""
    home = reader.house.home
    return _catalogue(home, *(_state(home / folder) for folder in ("tags", "segments", "policies")))


def segment_board(reader: Reader, known: Catalogue) -> tuple[SegmentRow, ...]:
    """Every segment with its last snapshot, of the whole bank."""
    return segment_rows(reader.house.lake, reader.engine, known.segments)


def tag_board(reader: Reader, known: Catalogue) -> tuple[TagRow, ...]:
    """Every tag with its coverage on the last run's day."""
    return tag_rows(reader.house.lake, reader.engine, known.tags)


def live(reader: Reader, rule: Resolved, scope: Scope) -> Live | None:
    """Who meets a rule as written now; None before the first run. YourMistake when it cannot be asked."""
    data = _data(reader, rule)
    if data is None:
        return None
    members, sample = count_and_sample(reader.engine, rule, data, scope, limit=10, locale=locale())
    return Live(data.day, members, reader.engine.count(scoped(data.people, scope)), sample)


def rule_data_of(reader: Reader, segment: Segment | Tag | None = None) -> RuleData | None:
    """Data of the last run's day in which the segment or tag (None: any rule) can be asked; None before the first."""
    return _data(reader, segment.rule if segment else None)


def draft(reader: Reader, known: Catalogue, text: str, scope: Scope) -> SegmentPreview | None:
    """What an unsaved rule would pick out; None before the first run."""
    data = _data(reader, None)
    if data is None:
        return None
    return preview(reader.engine, text, known.tags, known.segments, data, scope, codes=known.codes, locale=locale())


def days_of(reader: Reader, segment: Segment) -> list[date]:
    """The days a change can be told between, oldest first."""
    return snapshot_days(reader.house.lake, reader.engine, segment.code)


def changed(reader: Reader, segment: Segment, days: tuple[date, date], scope: Scope) -> SegmentChange:
    """Who moved between two days, in scope, and which condition turned. YourMistake when it cannot be told."""
    house = reader.house
    return segment_change(
        reader.engine,
        lambda table: house.lake.scan(reader.engine, table),
        segment,
        (house.as_of(days[0]), house.as_of(days[1])),
        scope,
        zone=house.zone,
        locale=locale(),
    )


def _data(reader: Reader, rule: Resolved | None) -> RuleData | None:
    house, engine = reader.house, reader.engine
    day = last_run_day(house.lake, engine)
    if day is None:
        return None
    rules = [rule] if rule is not None else []
    stored = stored_features(house.lake, engine)

    def keep(name: str, table: Table, make: Callable[[], ir.Table]) -> ir.Table:
        return reader.kept(table) if name == "people" else reader.derived(f"of rules: {name}", table, make, day)

    tables = reader.tables(day)
    data = live_data(house.lake, engine, tables.as_of, house.zone, rules, features=stored, tables=tables, keep=keep)
    return replace(data, answers=reader.answers(day))


def _state(folder: Path) -> tuple[tuple[str, int], ...]:
    return tuple((path.name, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.yaml")))


@lru_cache(maxsize=4)
def _catalogue(home: Path, *_states: object) -> Catalogue:
    try:
        codes = bank_codes(lambda name: home / "policies" / f"{name}.yaml")
        tags = read_tags(home / "tags", codes)
        return Catalogue(tags, read_segments(home / "segments", tags, codes), codes=codes)
    except YourMistake as error:
        return Catalogue({}, {}, error)
