"""Runs one member of the stream's consumer group until it is told to stop."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Final

from liuke.act.triggers import RuleSet
from liuke.act.triggers.core import warm
from liuke.collect.tracking.settings import KafkaStream
from liuke.engine import Engine
from liuke.streaming.acting import Acting
from liuke.streaming.gates import LakeGates
from liuke.streaming.partitioned.member import Member
from liuke.streaming.people import People
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
        member = Member(settings, given.rules, acting, partial(core_of, house), folder, owner)
        open_.callback(member.close)
        started(given.rules)
        Loop(house, member, given, checkpoint_seconds).run(stopped)


__all__ = ["run_member"]
