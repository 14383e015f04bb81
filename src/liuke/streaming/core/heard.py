"""Which facts of the core systems the rules of a bank listen to; nothing else is put on the stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from liuke.act.triggers import Rule
from liuke.act.triggers.catalogue import BANK_FACTS
from liuke.act.triggers.conditions import leaves, patterns
from liuke.act.triggers.patterns import Pattern, Test
from liuke.streaming.core.shape import PROPERTIES

FURTHEST: Final = 60
"""Days ahead of which a maturity is told to a rule that says no `days_left`."""
_SIGNS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "in": lambda a, b: a.isin(list(b)),
    "not_in": lambda a, b: ~a.isin(list(b)),
    "contains": lambda a, b: a.contains(b),
    "starts_with": lambda a, b: a.startswith(b),
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What the rules say of facts: every pattern, by the fact's name."""

    patterns: Mapping[str, tuple[Pattern, ...]]

    @property
    def names(self) -> frozenset[str]:
        """Facts that some rule listens to."""
        return frozenset(self.patterns)

    @property
    def days_ahead(self) -> int:
        """How many days before a maturity the first rule wants to hear of it."""
        return max((_reach(pattern) for pattern in self.patterns.get("maturity", ())), default=0)

    def meant(self, rows: ir.Table, name: str) -> ir.Table:
        """Those of the fact's events that meet all tests of some pattern: the others no rule has a use for."""
        found = [_meets(rows, pattern.where, name) for pattern in self.patterns.get(name, ())]
        if any(test is None for test in found):
            return rows
        return rows.filter(ibis.or_(*[test for test in found if test is not None]))


def heard(rules: Iterable[Rule]) -> Heard:
    """What these rules listen to."""
    found: dict[str, list[Pattern]] = {}
    for rule in rules:
        for leaf, keys in leaves(rule.spec.condition):
            for pattern, _ in patterns(leaf, keys):
                if pattern.event in BANK_FACTS and pattern not in (known := found.setdefault(pattern.event, [])):
                    known.append(pattern)
    return Heard({name: tuple(each) for name, each in found.items()})


EVERYTHING: Final = Heard({name: (Pattern(event=name),) for name in BANK_FACTS})
"""As if a rule asked for every fact."""


def _meets(rows: ir.Table, where: tuple[Test, ...], name: str) -> ir.BooleanValue | None:
    """All tests at once; None for a pattern without any."""
    return ibis.and_(*[_test(rows, test, name) for test in where]) if where else None


def _test(rows: ir.Table, test: Test, name: str) -> ir.BooleanValue:
    """A missing value meets nothing but is_null, as in the core (`values.meets`)."""
    kind = {"channel": "text", **BANK_FACTS[name]}.get(test.property_)
    if kind is None:  # a property of the bank's own, which the core systems do not deliver
        return ibis.literal(test.op == "is_null")
    value = rows[test.property_]
    if test.op in ("is_null", "not_null"):
        return value.isnull() if test.op == "is_null" else value.notnull()
    asked: Any = test.operand(kind)
    if kind == "flag":
        asked = bool(asked)
    met: ir.BooleanValue = _SIGNS[test.op](value, asked)
    return met.fill_null(False)


def _reach(pattern: Pattern) -> int:
    """The largest `days_left` that meets the pattern's tests; FURTHEST where they set no bound."""
    most = float(FURTHEST)
    for test in pattern.where:
        if test.property_ == "days_left":
            if test.op in ("<=", "<", "=="):
                most = min(most, float(test.value))
            elif test.op == "in":
                most = min(most, max(float(value) for value in test.value))
    return max(0, int(most))


assert set(PROPERTIES) | {"channel"} == {name for facts in BANK_FACTS.values() for name in facts}
