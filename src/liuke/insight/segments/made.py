"""What the daily run made of every customer on a day, as far as it is kept, for rules to ask about.

Never another day's: a table that holds a later or an earlier day is not there for the day in question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.known import Rows
from liuke.insight.rules.attribute import Source
from liuke.insight.rules.compile import quantities
from liuke.insight.rules.references import Resolved, leaves
from liuke.insight.rules.vocabulary import ATTRIBUTES
from liuke.tables import CUSTOMER_CLUSTER, CUSTOMER_SNAPSHOT, CUSTOMER_VALUE, SCORE, Table

_LAST_DAY_ONLY: Mapping[Source, Table] = {"value": CUSTOMER_VALUE, "cluster": CUSTOMER_CLUSTER}


def made_on(rows: Rows, engine: Engine, day: date, rules: Iterable[Resolved] = ()) -> Mapping[Source, ir.Table]:
    """`RuleData.made` of the day. rules: only what they ask about is looked for; without any, everything.

    Value and cluster are kept for the last day run, scores for that day and the first of each week. On the last day
    run, without a model, there are scores of nobody.
    """
    wanted = _sources(list(rules))
    found: dict[Source, ir.Table] = {}
    for source, table in _LAST_DAY_ONLY.items():
        if source in wanted and _last_day(engine, rows(table)) == day:
            found[source] = rows(table)
    if "score" in wanted:
        scores = rows(SCORE)
        mine = scores.filter(scores.as_of == ibis.literal(day), scores.role == "active")
        if _last_day(engine, rows(CUSTOMER_SNAPSHOT)) == day or engine.count(mine.limit(1)):
            found["score"] = mine
    return found


def _sources(rules: Sequence[Resolved]) -> set[Source]:
    if not rules:
        return {"value", "score", "cluster"}
    asked = {q for rule in rules for leaf in leaves(rule) for q in quantities(leaf)}
    return {ATTRIBUTES[name].source for source, name in asked if source == "attribute"}


def _last_day(engine: Engine, rows: ir.Table) -> date | None:
    day: date | None = engine.arrow(rows.aggregate(day=rows.as_of.max()))["day"][0].as_py()
    return day
