"""Which comparisons made a rule turn between two days.

A comparison is responsible when it turned and every part of the rule above it turned with it (against it below a
`not`): of an `all` that began to hold, those parts that did not hold before; of an `any` that ceased to hold, those
that held before. Several may be responsible at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from liuke.insight.rules.compile import truth
from liuke.insight.rules.references import Every, Leaf, Named, Opposite, Resolved, Some


@dataclass(frozen=True, slots=True)
class Turn:
    """A comparison at its place in the rule. names: the tags and segments on the way. responsible: per customer."""

    leaf: Leaf
    names: tuple[str, ...]
    responsible: ir.BooleanValue


def turns(
    rule: Resolved, before: Mapping[str, ir.BooleanValue], after: Mapping[str, ir.BooleanValue], *, up: bool
) -> list[Turn]:
    """The responsibilities for the rule turning true (up) or false, in order of writing.

    before, after: the booleans of the comparisons on both days, columns of one table, by the comparison's key.
    """
    return _below(rule, before, after, up, (), ibis.literal(True))


def _below(
    rule: Resolved,
    before: Mapping[str, ir.BooleanValue],
    after: Mapping[str, ir.BooleanValue],
    up: bool,
    names: tuple[str, ...],
    so_far: ir.BooleanValue,
) -> list[Turn]:
    then, now = truth(rule, before), truth(rule, after)
    here = so_far & ((~then & now) if up else (then & ~now))
    if isinstance(rule, Every | Some):
        return [t for part in rule.parts for t in _below(part, before, after, up, names, here)]
    if isinstance(rule, Opposite):
        return _below(rule.part, before, after, not up, names, here)
    if isinstance(rule, Named):
        return _below(rule.part, before, after, up, (*names, rule.name), here)
    return [Turn(rule, names, here)]
