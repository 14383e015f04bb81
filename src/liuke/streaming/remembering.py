"""What an empty core remembers of the bank's past: rules that need months do not wait for months.

The past is told as it was known at a moment, and what it makes true is passed over: it fills windows and baselines, and
begins cool-downs, as if the rules had been at work all the time and had told nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import ibis.expr.types as ir
import structlog

from liuke.act.triggers import Core
from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.lake import Lake
from liuke.streaming.core.heard import heard
from liuke.streaming.core.sight import past_sight
from liuke.streaming.history import LOOK_BACK, events_of, names_of, past

Whose: TypeAlias = Callable[[BankTables], ir.Table]
"""The customers whose past is told: a table of their `customer_id`, released after use."""
_TELL_SECONDS: Final = 10.0
"""How often it is said how far it has come."""
_logger = structlog.get_logger()


def remember(
    core: Core, lake: Lake, engine: Engine, zone: ZoneInfo, until: datetime, stopped: Callable[[], bool] = lambda: False
) -> int:
    """Fills the core with what happened in LOOK_BACK before `until` (aware) and was known by then; how many events.

    The core's clock stands at `until` afterwards. `stopped` is asked between batches; once it says yes the core is of
    no use and must not be saved.
    """
    pieces = remembering(core, lake, engine, zone, until)
    told = 0
    while not stopped() and (more := next(pieces, None)) is not None:
        told = more
    return told


def remembering(
    core: Core, lake: Lake, engine: Engine, zone: ZoneInfo, until: datetime, whose: Whose | None = None
) -> Iterator[int]:
    """The same in pieces, of some customers or of all: how many events after each.

    Until it has come to its end the core is of no use and must not be saved.
    """
    rules = list(core.rules.rules.values())
    names = names_of(rules)
    if not names:
        return
    sight = past_sight(lake, engine, AsOf(until.astimezone(zone).date(), until), zone)
    theirs = whose(sight.tables) if whose else None
    told, said = 0, time.monotonic()
    try:
        for batch in events_of(engine, past(sight, until - LOOK_BACK, names, heard(rules), until, theirs)):
            core.feed(batch)
            told += len(batch)
            if time.monotonic() - said > _TELL_SECONDS:
                said = time.monotonic()
                _logger.info("the rules are remembering", events=told, reached=_day(core), until=str(until.date()))
            yield told
    finally:
        if theirs is not None:
            engine.release(theirs)
    core.advance(int(until.astimezone(UTC).timestamp()) * 1_000_000)
    _logger.info("the rules remember", events=told, since=str((until - LOOK_BACK).date()))


def _day(core: Core) -> str:
    return str(datetime.fromtimestamp((core.clock or 0) / 1e6, UTC).date())
