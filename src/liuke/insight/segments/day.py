"""Tags and segments of a business day, for the daily run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.insight.rules.answers import sharing
from liuke.insight.rules.attribute import Source
from liuke.insight.rules.codes import bank_codes
from liuke.insight.rules.compile import flags, lacking
from liuke.insight.rules.data import RuleData, rule_data
from liuke.insight.rules.references import Resolved
from liuke.insight.segments.catalogue import read_segments
from liuke.insight.segments.customer_transactions import refresh_customer_transactions
from liuke.insight.segments.event_days import refresh_event_days
from liuke.insight.segments.snapshots import SegmentSize, take_snapshots
from liuke.insight.snapshot import is_newest
from liuke.insight.tags.catalogue import read_tags
from liuke.insight.tags.compute import Coverage, compute_tags
from liuke.lake import Lake, newest
from liuke.tables import BRANCH, CUSTOMER_TRANSACTION, EVENT_DAY

PORTION = 26
"""Rules asked in one query: more share more of their conditions, but Spark plans eighty for many minutes."""


@dataclass(frozen=True, slots=True)
class AudienceCounts:
    """What a run did. event_days: days whose event sums were written anew."""

    coverage: tuple[Coverage, ...]
    segments: tuple[SegmentSize, ...]
    event_days: int

    @property
    def tagged(self) -> int:
        """Rows of customer_tag."""
        return sum(c.customers for c in self.coverage)

    @property
    def lacking(self) -> dict[str, tuple[str, ...]]:
        """Tags and segments that could not be asked, with what they lack."""
        tags = {c.tag: c.lacking for c in self.coverage if c.lacking}
        return tags | {s.segment: s.lacking for s in self.segments if s.lacking}


def run_tags_and_segments(
    lake: Lake,
    engine: Engine,
    tables: BankTables,
    home: Path,
    features: ir.Table | None,
    people: ir.Table | None = None,
    made: Mapping[Source, ir.Table] | None = None,
) -> AudienceCounts:
    """Computes and stores the day's tags, their coverage, the segments' members and what is kept by customer.

    home: the bank home with tags/ and segments/; without them there is nothing to do. features: the day's rows. people:
    the day's CUSTOMER_SNAPSHOT rows; without them warnings and product counts are lacking. made: what the run made of
    everybody before (`RuleData.made`). Running a day twice changes nothing; a day before the last one run leaves
    customer_tag, event_day and customer_transaction as they are, and what cannot be asked of it any more as it was
    stored.
    """
    codes = bank_codes(lambda name: home / "policies" / f"{name}.yaml")
    tags = read_tags(home / "tags", codes)
    segments = read_segments(home / "segments", tags, codes)
    newest_day = is_newest(lake, engine, tables.as_of.day)
    refreshed = 0
    days = moves = None
    if newest_day:
        refreshed = refresh_event_days(lake, engine, tables)
        refresh_customer_transactions(lake, engine, tables)
        days, moves = lake.scan(engine, EVENT_DAY), lake.scan(engine, CUSTOMER_TRANSACTION)
    data = rule_data(
        tables,
        branches_on(lake, engine, tables.as_of),
        people=people,
        features=features,
        event_days=days,
        transactions=moves,
        made=made,
    )
    # Tags and segments are asked together: they share their conditions.
    rules = {f"tag_{c}": t.rule for c, t in tags.items()} | {f"segment_{c}": s.rule for c, s in segments.items()}
    asked = {name: rule for name, rule in rules.items() if not lacking(rule, data)}
    found = answers(engine, asked, data)
    tagged = compute_tags(lake, engine, tags, data, newest=newest_day, found=_own(found, "tag_"))
    sizes = take_snapshots(lake, engine, segments, data, found=_own(found, "segment_"))
    engine.release(found)
    return AudienceCounts(tagged.coverage, sizes, refreshed)


def answers(engine: Engine, asked: Mapping[str, Resolved], data: RuleData) -> ir.Table:
    """`flags` of all rules, materialised, PORTION of them at a time; the caller may release it."""
    names = list(asked)
    with sharing(engine, data) as shared:
        portions = [
            engine.materialise(flags(engine, {n: asked[n] for n in names[first : first + PORTION]}, shared))
            for first in range(0, max(len(names), 1), PORTION)
        ]
    whole = portions[0]
    for portion in portions[1:]:
        whole = whole.inner_join(portion, "customer_id")
    found = engine.materialise(whole.select("customer_id", *names))
    for portion in portions:
        engine.release(portion)
    return found


def _own(found: ir.Table, kind: str) -> ir.Table:
    """The answers of one kind, by code."""
    return found.select("customer_id", **{n.removeprefix(kind): found[n] for n in found.columns if n.startswith(kind)})


def branches_on(lake: Lake, engine: Engine, as_of: AsOf) -> ir.Table:
    """The newest version of each branch known by then."""
    rows = lake.scan(engine, BRANCH)
    return newest(rows.filter(rows.ingested_at <= ibis.literal(as_of.known_by)), BRANCH)
