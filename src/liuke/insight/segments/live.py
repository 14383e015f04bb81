"""Data for live questions: the last run's stored rows where they fit, else computed for the rules in question."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.features.build import features_on
from liuke.insight.known import BankTables, bank_tables
from liuke.insight.rules.compile import quantities
from liuke.insight.rules.data import Keep, RuleData, fresh, rule_data
from liuke.insight.rules.references import Resolved, leaves
from liuke.insight.segments.day import branches_on
from liuke.insight.segments.made import made_on
from liuke.insight.segments.recent_days import kept_day
from liuke.insight.snapshot import last_run_day
from liuke.lake import Lake
from liuke.tables import CUSTOMER_SNAPSHOT, CUSTOMER_TRANSACTION, EVENT_DAY


def live_data(
    lake: Lake,
    engine: Engine,
    as_of: AsOf,
    zone: ZoneInfo,
    rules: Iterable[Resolved],
    *,
    features: ir.Table | None = None,
    tables: BankTables | None = None,
    keep: Keep = fresh,
) -> RuleData:
    """Data in which all `rules` can be asked as of a moment.

    On the last run's day people come from customer_snapshot, plain event counts from event_day and transactions from
    customer_transaction; on other days they are computed, and warnings and product counts are lacking, as is what only
    the daily run makes (`made_on`). features: stored rows of that day, used when they hold every feature the rules
    need; else just those features are computed, which reads the facts behind them. tables: the lake's as of that
    moment, where a caller has them already. keep: what many questions share and need not find anew each time.
    """
    tables = tables or bank_tables(lake, engine, as_of, zone)
    rules = list(rules)
    stored = last_run_day(lake, engine) == as_of.day
    summed = stored and kept_day(lake, engine) == as_of.day
    needed = sorted({n for rule in rules for leaf in leaves(rule) for s, n in quantities(leaf) if s == "feature"})
    if features is not None:
        features = (
            features.filter(features.as_of == ibis.literal(as_of.day)) if "as_of" in features.columns else features
        )
    if features is None or not set(needed) <= set(features.columns):
        features = (
            features_on(engine, lambda t: lake.scan(engine, t), [as_of], zone=zone, names=needed) if needed else None
        )
    return rule_data(
        tables,
        branches_on(lake, engine, as_of),
        people=keep("people", CUSTOMER_SNAPSHOT, lambda: lake.scan(engine, CUSTOMER_SNAPSHOT)) if stored else None,
        features=features,
        event_days=lake.scan(engine, EVENT_DAY) if summed else None,
        transactions=lake.scan(engine, CUSTOMER_TRANSACTION) if summed else None,
        made=made_on(lambda table: lake.scan(engine, table), engine, as_of.day, rules),
        keep=keep,
    )
