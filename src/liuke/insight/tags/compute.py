"""Tags of the day: who has which, and how many have each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.engine import Engine
from liuke.insight.rules.compile import flags, lacking
from liuke.insight.rules.data import RuleData
from liuke.insight.tags.catalogue import Tag
from liuke.lake import Lake
from liuke.tables import CUSTOMER_TAG, TAG_COVERAGE


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many living customers have a tag; share of all of them, 0 when there are none.

    lacking: attributes and features the rule needs and the bank does not deliver; then nobody was asked.
    """

    tag: str
    version: str
    customers: int
    share: float
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TagsOfDay:
    """flags: materialised, customer_id and one boolean per tag that could be asked; coverage in catalogue order."""

    day: date
    flags: ir.Table
    coverage: tuple[Coverage, ...]


def tags_of_day(engine: Engine, tags: Mapping[str, Tag], data: RuleData, found: ir.Table | None = None) -> TagsOfDay:
    """Asks every tag of every customer, in one query. found: the answers when they are known already."""
    missing = {code: lacking(tag.rule, data) for code, tag in tags.items()}
    asked = {code: tag.rule for code, tag in tags.items() if not missing[code]}
    found = engine.materialise(flags(engine, asked, data)) if found is None else found
    sums = {code: found[code].cast("int64").sum() for code in asked}
    [counts] = engine.arrow(found.aggregate(_customers=found.count(), **sums)).to_pylist()
    everybody = counts["_customers"] or 1
    coverage = tuple(
        Coverage(code, tag.version, counts.get(code) or 0, (counts.get(code) or 0) / everybody, missing[code])
        for code, tag in tags.items()
    )
    return TagsOfDay(data.day, found, coverage)


def compute_tags(
    lake: Lake,
    engine: Engine,
    tags: Mapping[str, Tag],
    data: RuleData,
    *,
    newest: bool,
    found: ir.Table | None = None,
) -> TagsOfDay:
    """`tags_of_day`, stored: the day's coverage, and who has which when no later day was run (`newest`).

    A tag that cannot be asked keeps the coverage that is stored of the day.
    """
    made = tags_of_day(engine, tags, data, found)
    rows = [
        {"as_of": made.day, "tag": c.tag, "version": c.version, "customers": c.customers, "share": c.share}
        for c in made.coverage
        if not c.lacking
    ]
    stored, unasked = lake.scan(engine, TAG_COVERAGE), [c.tag for c in made.coverage if c.lacking]
    kept = stored.filter(
        stored.as_of == ibis.literal(made.day), stored.tag.isin(unasked) if unasked else ibis.literal(False)
    )
    old = engine.arrow(kept.select(*TAG_COVERAGE.names)).cast(TAG_COVERAGE.arrow)
    whole = pa.concat_tables([pa.Table.from_pylist(rows, schema=TAG_COVERAGE.arrow), old])
    lake.replace(TAG_COVERAGE, whole, where=f"as_of = '{made.day}'")
    if newest:
        lake.replace(CUSTOMER_TAG, engine.batches(long_rows(made)))
    return made


def long_rows(made: TagsOfDay) -> ir.Table:
    """CUSTOMER_TAG rows: one per customer and tag."""
    rows, codes = made.flags, [c.tag for c in made.coverage if not c.lacking]
    if not codes:
        none = rows.filter(ibis.literal(False))
        return none.select(as_of=ibis.literal(made.day), customer_id=none.customer_id, tag=ibis.literal(""))
    has = ibis.array([ibis.ifelse(rows[code], ibis.literal(code), ibis.null("string")) for code in codes])
    spread = rows.select(as_of=ibis.literal(made.day), customer_id=rows.customer_id, tag=has.unnest())
    return spread.filter(spread.tag.notnull())
