"""Runs one member of the stream's consumer group until it is told to stop."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import ibis.expr.types as ir

from liuke.act.triggers import Core, RuleSet
from liuke.act.triggers.core import warm
from liuke.collect.tracking.settings import KafkaStream
from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.lake import Lake
from liuke.state.actions.hold_partition import Claim
from liuke.streaming.acting import Acting
from liuke.streaming.gates import LakeGates
from liuke.streaming.partitioned.member import Member
from liuke.streaming.partitioned.partition import Past
from liuke.streaming.partitioned.theirs import customers_of
from liuke.streaming.people import People
from liuke.streaming.remembering import remembering
from liuke.streaming.rules import read_given
from liuke.streaming.running import Loop, core_of
from liuke.streaming.shares import Shares
from liuke.streaming.terms import terms_of
from liuke.wiring import House

COUNTED_SECONDS: Final = 10.0
"""How often the others' matches are counted for the share of customers a rule may match."""


def run_member(
    house: House,
    settings: KafkaStream,
    stopped: Callable[[], bool],
    started: Callable[[RuleSet], None],
    *,
    checkpoint_seconds: float,
) -> None:
    """Works on the partitions that the group gives to it until `stopped`; then saves them and leaves the group.

    The state database must have been started.
    """
    warm()
    with ExitStack() as open_:
        engine: Engine = open_.enter_context(house.on("duckdb").engine())
        given = read_given(house)
        terms = terms_of(house, given)
        gates = LakeGates(house.lake, engine, house.zone)
        acting = Acting(People(house.lake, engine), terms, Shares(COUNTED_SECONDS), gates)
        folder = house.home / settings.snapshots / settings.group / settings.topic
        owner = f"{socket.gethostname()}:{os.getpid()}"
        past = partial(past_of, house.lake, engine, house.zone)
        member = Member(settings, given.rules, acting, partial(core_of, house), folder, owner, past)
        open_.callback(member.close)
        started(given.rules)
        Loop(house, member, given, checkpoint_seconds, lambda _: member.tell()).run(stopped)


def past_of(lake: Lake, engine: Engine, zone: ZoneInfo, partitions: int) -> Past:
    """What partitions without a state are told: their customers' past in the lake."""

    def told(core: Core, claim: Claim, until: datetime) -> Iterator[int]:
        def whose(tables: BankTables) -> ir.Table:
            return customers_of(engine, tables, claim.number, partitions)

        return remembering(core, lake, engine, zone, until, whose if partitions > 1 else None)

    return told


__all__ = ["past_of", "run_member"]
