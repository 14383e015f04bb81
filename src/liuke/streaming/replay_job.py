"""A replay asked for in the console."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from liuke.act.triggers import parse_trigger
from liuke.state.models import RuleReplay
from liuke.streaming.core.sight import past_sight
from liuke.streaming.people import People
from liuke.streaming.replay import Replayed, replay
from liuke.streaming.rules import catalogue_of
from liuke.wiring import House
from liuke.wiring.asked_job import run_asked


def run_job(house: House, pk: int) -> None:
    """Replays what row `pk` asks for and writes what came of it, whatever that is."""
    run_asked(pk, lambda job, progress: kept(_replayed(house, job, progress)))


def kept(found: Replayed) -> dict[str, Any]:
    """The result as it is kept. Of the newest matches only customer, moment and count."""
    newest = [{"customer_id": m.customer_id, "at": m.matched_at, "count": m.count} for m in found.newest]
    return asdict(found) | {"newest": newest}


def _replayed(house: House, job: RuleReplay, progress: Callable[[int], None]) -> Replayed:
    catalogue = catalogue_of(house.home)
    rule = parse_trigger(job.text, catalogue, code=job.code)
    with house.on("duckdb").engine() as engine:
        sight = past_sight(house.lake, engine, house.as_of(job.last), house.zone)
        people = People(house.lake, engine)
        return replay(engine, sight, people, rule, catalogue, job.first, house.calendar, progress)
