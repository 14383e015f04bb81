"""Conditions about behaviour as columns of the customers' table; a question that rules share is asked once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.tree import BehaviourTest


@contextmanager
def sharing(engine: Engine, data: RuleData) -> Iterator[RuleData]:
    """`data` in which every question about behaviour is asked once; the answers are released with the block.

    Data whose answers somebody else keeps stay as they are.
    """
    kept: dict[str, ir.Table] = {}

    def shared(question: str, make: Callable[[], ir.Table]) -> ir.Table:
        if question not in kept:
            kept[question] = make()
        return kept[question]

    try:
        yield data if data.is_shared else replace(data, answers=shared)
    finally:
        for table in kept.values():
            engine.release(table)


def met_by(leaf: BehaviourTest) -> str:
    """The name of a condition's column."""
    return f"behaviour_{hashlib.sha256(leaf.key.encode()).hexdigest()[:16]}"


def met(engine: Engine, wanted: Sequence[BehaviourTest], data: RuleData) -> list[ir.Table]:
    """A table for each: customer_id of whom it means, and true under its name; others are absent."""
    found = []
    for leaf in wanted:
        asked = leaf.behaviour
        answer = data.answers(asked.source, lambda asked=asked: asked.answered(engine, data))  # type: ignore[misc]
        people = asked.members(answer, data)
        found.append(people.select("customer_id", **{met_by(leaf): ibis.literal(True)}))
    return found
