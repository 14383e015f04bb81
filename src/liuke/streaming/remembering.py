"""What an empty core remembers of the bank's past: rules that need months do not wait for months.

The past is told as it was known at a moment, and what it makes true is passed over: it fills windows and baselines, and
begins cool-downs, as if the rules had been at work all the time and had told nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import structlog

from liuke.act.triggers import Core
from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.lake import Lake
from liuke.streaming.core.heard import heard
from liuke.streaming.core.sight import past_sight
from liuke.streaming.history import LOOK_BACK, events_of, names_of, past

_logger = structlog.get_logger()


def remember(
    core: Core, lake: Lake, engine: Engine, zone: ZoneInfo, until: datetime, stopped: Callable[[], bool] = lambda: False
) -> int:
    """Fills the core with what happened in LOOK_BACK before `until` (aware) and was known by then; how many events.

    The core's clock stands at `until` afterwards. `stopped` is asked between batches; once it says yes the core is of
    no use and must not be saved.
    """
    rules = list(core.rules.rules.values())
    names = names_of(rules)
    if not names:
        return 0
    sight = past_sight(lake, engine, AsOf(until.astimezone(zone).date(), until), zone)
    told = 0
    for batch in events_of(engine, past(sight, until - LOOK_BACK, names, heard(rules), until)):
        if stopped():
            return told
        core.feed(batch)
        told += len(batch)
    core.advance(int(until.astimezone(UTC).timestamp()) * 1_000_000)
    _logger.info("the rules remember", events=told, since=str((until - LOOK_BACK).date()))
    return told
