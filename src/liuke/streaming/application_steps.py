"""Steps of applications between state and intake log: those recorded here go on the stream, those of apps are heard."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import ibis

from liuke.act.progress.progress_policy import read_progress_policy
from liuke.collect.tracking.event import Taken, TrackedEvent, decode
from liuke.collect.tracking.log import IntakeLog
from liuke.engine import Engine
from liuke.lake import Lake
from liuke.state.actions.carry_steps import carry_steps
from liuke.state.actions.hear_steps import Holders, hear_steps
from liuke.state.actions.issue_progress_code import Holder
from liuke.tables import CUSTOMER_SNAPSHOT
from liuke.wiring import House

CONSUMER: Final = "progress"
_NOTE: Final = "progress"
_BATCHES: Final = 1000
_MARK: Final = b'"application_'
"""Stands in every batch that names such an event: the others need not be decoded."""


def onto_the_stream(log: IntakeLog) -> int:
    """Brings steps that wait into the log; returns how many."""
    return carry_steps(appending(log), now=datetime.now(UTC))


def appending(log: IntakeLog) -> Callable[[Sequence[TrackedEvent], int], None]:
    """Appends a batch of steps with a note of its number in the same transaction: both are there, or neither."""

    def append(events: Sequence[TrackedEvent], number: int) -> None:
        noted = int(log.fed(_NOTE).get(_NOTE, b"0"))
        if events and number > noted:
            log.append_fed([Taken(list(events))], time.time_ns() // 1000, {_NOTE: str(number).encode()})

    return append


def off_the_stream(house: House, log: IntakeLog) -> int:
    """Hears the steps among what came into the log since the last time; returns how many were new."""
    policy = read_progress_policy(house.policy("progress"))
    heard, after = 0, log.consumers().get(CONSUMER, 0)
    while batches := log.read(after, _BATCHES):
        events = [event for _, data in batches if _MARK in data for event in decode(data).events]
        heard += hear_steps(events, policy, _asking(house))
        after = batches[-1][0]
        log.commit(CONSUMER, after)
    return heard


def _asking(house: House) -> Holders:
    def ask(customer_ids: Collection[str]) -> Mapping[str, Holder]:
        with house.on("duckdb").engine() as engine:
            return holders(house.lake, engine, customer_ids)

    return ask


def holders(lake: Lake, engine: Engine, customer_ids: Collection[str]) -> dict[str, Holder]:
    """Those customers as of the newest daily run, by number."""
    people = lake.scan(engine, CUSTOMER_SNAPSHOT)
    wanted = people.filter(people.customer_id.isin([ibis.literal(each) for each in sorted(customer_ids)]))
    rows = engine.arrow(wanted.select("customer_id", "name", "phone", "branch_id", "staff_id")).to_pylist()
    return {row["customer_id"]: Holder(**{**row, "branch_id": row["branch_id"] or ""}) for row in rows}
