"""A rule set as the flat arrays the loops read, and what has to be read of each event for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from liuke.act.triggers.catalogue import Catalogue, Kind, properties_of
from liuke.act.triggers.conditions import (
    MOST_COUNTED,
    AllOf,
    AnyOf,
    Consecutive,
    Count,
    Distinct,
    Drop,
    Period,
    Sum,
    When,
    Without,
    is_timed,
    leaves,
)
from liuke.act.triggers.conditions import (
    Sequence as Steps,
)
from liuke.act.triggers.durations import DAY
from liuke.act.triggers.kernels import layout as at
from liuke.act.triggers.looking import STEP_MEMORY, pane_bits
from liuke.act.triggers.patterns import Pattern, Test
from liuke.act.triggers.periods import beginnings, midnight
from liuke.act.triggers.rule_file import TriggerFile
from liuke.act.triggers.ruleset import Rule, RuleSet
from liuke.act.triggers.values import SCALE, Operand

_PERIODS: Final[Mapping[Period, int]] = {"day": 0, "week": 1, "month": 2}
_SIGNS: Final = {
    "==": at.T_EQ, "!=": at.T_NE, "<": at.T_LT, "<=": at.T_LE, ">": at.T_GT, ">=": at.T_GE, "in": at.T_IN,
    "not_in": at.T_NOT_IN, "is_null": at.T_NULL, "not_null": at.T_NOT_NULL,
}  # fmt: skip
_BITS: Final = 52
"""Tests of one text that fit into one number."""
_OPEN: Final = 2**62


@dataclass(slots=True)
class Field:
    """One number made of a property: itself (number), which tests it meets (tests), or what tells values apart."""

    name: str
    kind: Kind
    use: str
    tests: list[tuple[str, Operand]] = field(default_factory=list)


@dataclass(slots=True)
class Reading:
    """What rules read of events: fields by event name, in the order of the numbers in Batch.values."""

    names: dict[str, int] = field(default_factory=dict)
    fields: list[list[Field]] = field(default_factory=list)

    def name(self, event: str) -> int:
        """The event name's number."""
        if event not in self.names:
            self.names[event] = len(self.fields)
            self.fields.append([])
        return self.names[event]

    def number(self, event: str, prop: str, kind: Kind, use: str) -> int:
        """The place of a field, made when it is not there yet."""
        fields = self.fields[self.name(event)]
        for i, known in enumerate(fields):
            if known.name == prop and known.use == use:
                return i
        fields.append(Field(prop, kind, use))
        return len(fields) - 1

    def bit(self, event: str, prop: str, kind: Kind, test: tuple[str, Operand]) -> tuple[int, int]:
        """The field and the bit in which a test of a text or flag is answered."""
        fields = self.fields[self.name(event)]
        for i, known in enumerate(fields):
            if known.name == prop and known.use == "tests":
                if test in known.tests:
                    return i, known.tests.index(test)
                if len(known.tests) < _BITS:
                    known.tests.append(test)
                    return i, len(known.tests) - 1
        fields.append(Field(prop, kind, "tests", [test]))
        return len(fields) - 1, 0


@dataclass(frozen=True, slots=True)
class Lowered:
    """plan: for the loops. reading: for the decoder. slots: the rule at each number, None where there is none now."""

    plan: at.Plan
    reading: Reading
    slots: tuple[Rule | None, ...]


@dataclass(slots=True)
class _Draft:
    """The arrays while they grow."""

    catalogue: Catalogue
    zone: ZoneInfo
    reading: Reading = field(default_factory=Reading)
    leaves: list[list[int]] = field(default_factory=list)
    subs: dict[int, list[list[int]]] = field(default_factory=dict)
    tests: list[list[int]] = field(default_factory=list)
    program: list[int] = field(default_factory=list)
    consts: list[float] = field(default_factory=list)


def lower(rules: RuleSet, slots: Sequence[Rule | None], zone: ZoneInfo, *, lateness: int, ahead: int) -> Lowered:
    """The arrays of the rules at their numbers."""
    draft = _Draft(rules.catalogue, zone)
    rows = np.zeros((max(1, len(slots)), at.R_COLUMNS), np.int64)
    for number, rule in enumerate(slots):
        rows[number, at.R_TIMED] = -1
        if rule is not None:
            _lower_rule(draft, rule, number, rows[number], ahead)
    ordered = [sorted(draft.subs.get(n, []), key=lambda s: s[at.S_RULE]) for n in range(len(draft.reading.fields))]
    bounds = [beginnings(every, zone) for every in _PERIODS]
    plan = at.Plan(
        rules=rows,
        leaves=_rows(draft.leaves, at.L_COLUMNS),
        subs=_rows([s for group in ordered for s in group], at.S_COLUMNS),
        tests=_rows(draft.tests, at.T_COLUMNS),
        by_name=np.cumsum([0, *map(len, ordered)]).astype(np.int64),
        program=np.array(draft.program or [0], np.int64),
        consts=np.array(draft.consts or [0.0], np.float64),
        bounds=np.concatenate(bounds),
        bound_start=np.cumsum([0, *map(len, bounds)]).astype(np.int64),
        lateness=lateness,
        ahead=ahead,
        bucket_width=max(1, -(-(lateness + ahead + 1) // (at.BUCKETS - 2))),
    )
    return Lowered(plan, draft.reading, tuple(slots))


def _rows(rows: list[list[int]], columns: int) -> Any:
    return np.array(rows, np.int64).reshape(len(rows), columns) if rows else np.zeros((1, columns), np.int64)


def _lower_rule(draft: _Draft, rule: Rule, number: int, row: Any, ahead: int) -> None:
    spec, first = rule.spec, len(draft.leaves)
    found = [leaf for leaf, _ in leaves(spec.condition)]
    timed = next((i for i, leaf in enumerate(found) if is_timed(leaf)), -1)
    is_drop = len(found) == 1 and isinstance(found[0], Drop)
    row[at.R_MOMENT] = 0 if is_drop else 1
    width = at.MOMENT if is_drop else at.REST
    row[at.R_FLOOR] = int(timed >= 0 and spec.re_entry == "fresh" and not is_drop)
    if timed >= 0 and isinstance(found[timed], Drop):
        row[at.R_WAIT], width = width, width + 1
    for leaf in found:
        width = _lower_leaf(draft, leaf, number, width, spec.settle + ahead)
    start = len(draft.program)
    draft.program.extend(_program(spec.condition, iter(range(len(found)))))
    row[at.R_ALIVE], row[at.R_WIDTH], row[at.R_LEAF], row[at.R_LEAVES] = 1, width, first, len(found)
    row[at.R_PROGRAM], row[at.R_PROGRAM_END] = start, len(draft.program)
    row[at.R_TIMED] = first + timed if timed >= 0 else -1
    row[at.R_ENTRY] = ("fresh", "again", "never").index(spec.re_entry)
    row[at.R_COOLDOWN], row[at.R_SETTLE] = spec.cooldown, spec.settle
    row[at.R_FROM], row[at.R_TO] = _effective(spec, draft.zone)


def _effective(spec: TriggerFile, zone: ZoneInfo) -> tuple[int, int]:
    start, end = spec.effective.from_, spec.effective.to
    return (
        midnight(start, zone) if start else -_OPEN,
        midnight(end + timedelta(days=1), zone) if end else _OPEN,
    )


def _program(node: Any, numbers: Iterator[int]) -> Iterator[int]:
    """The condition in postfix order."""
    if not isinstance(node, AllOf | AnyOf):
        yield next(numbers)
        return
    for child in node.children:
        yield from _program(child, numbers)
    yield (at.ALL_OF if isinstance(node, AllOf) else at.ANY_OF) + len(node.children)


def _lower_leaf(draft: _Draft, leaf: Any, rule: int, width: int, slack: int) -> int:
    """Adds one condition; how wide a record then is."""
    row, number = [0] * at.L_COLUMNS, len(draft.leaves)
    draft.leaves.append(row)
    row[at.L_KIND], row[at.L_WORD] = _KINDS[type(leaf)], width
    width = _SHAPES[type(leaf)](draft, leaf, row, width, slack)
    for word, pattern in enumerate(_positive(leaf)):
        place = row[at.L_WORD] + (word if isinstance(leaf, Steps) else 0)
        value = _value_field(draft, leaf, pattern.event)
        _subscribe(draft, pattern, [rule, at.POSITIVE, number, place, value])
    without: Without | None = getattr(leaf, "without", None)
    if without:
        row[at.L_BAR] = at.BAR_SINCE_FIRST if without.within is None else at.BAR_WITHIN
        row[at.L_BAR_SPAN] = without.within or 0
        _subscribe(draft, without.pattern, [rule, at.BARRING, number, 0, -1])
    if isinstance(leaf, Steps) and leaf.then_no:
        _subscribe(draft, leaf.then_no.pattern, [rule, at.FOLLOWING, number, row[at.L_NO_WORD], -1])
    return width


def _positive(leaf: Any) -> list[Pattern]:
    return [s.pattern for s in leaf.sequence] if isinstance(leaf, Steps) else [leaf.pattern]


def _value_field(draft: _Draft, leaf: Any, event: str) -> int:
    of = getattr(leaf, "of", None)
    if of is None:
        return -1
    kind = properties_of(draft.catalogue, event)[of]
    return draft.reading.number(event, of, kind, "identity" if isinstance(leaf, Distinct) else "number")


def _nothing(_draft: _Draft, _leaf: When, _row: list[int], width: int, _slack: int) -> int:
    return width


def _listed(_draft: _Draft, leaf: Any, row: list[int], width: int, _slack: int) -> int:
    row[at.L_SPAN], row[at.L_CAP] = leaf.within, MOST_COUNTED if isinstance(leaf, Sum) else leaf.at_least
    row[at.L_NEED] = round(leaf.at_least * SCALE) if isinstance(leaf, Sum) else leaf.at_least
    return width + 1


def _periodic(_draft: _Draft, leaf: Consecutive, row: list[int], width: int, _slack: int) -> int:
    row[at.L_PERIOD], row[at.L_PERIODS], row[at.L_LONG] = _PERIODS[leaf.every], leaf.periods, int(leaf.of is not None)
    row[at.L_NEED] = round(leaf.at_least * SCALE) if leaf.of else -int(-leaf.at_least // 1)
    row[at.L_REFS] = width + 1 + leaf.periods
    return width + 3 + leaf.periods


def _dropping(draft: _Draft, leaf: Drop, row: list[int], width: int, _slack: int) -> int:
    row[at.L_DAYS], row[at.L_STEPS] = leaf.every // DAY, int(leaf.of is not None)
    row[at.L_PERIODS], row[at.L_LONG] = leaf.within // leaf.every, leaf.baseline // leaf.every
    row[at.L_CONST] = len(draft.consts)
    draft.consts += [leaf.below, leaf.at_least]
    row[at.L_BITS] = pane_bits(leaf)
    each = 64 // (row[at.L_BITS] // 2)  # the lower halves
    words = -(-(row[at.L_PERIODS] + row[at.L_LONG] + 1) // each)
    row[at.L_REFS] = width + words
    return width + words + 2


def _stepped(_draft: _Draft, leaf: Steps, row: list[int], width: int, slack: int) -> int:
    wait = leaf.then_no.within if leaf.then_no else 0
    row[at.L_STEPS], row[at.L_WITHIN], row[at.L_CAP], row[at.L_WAIT] = (
        len(leaf.sequence),
        leaf.within,
        STEP_MEMORY,
        wait,
    )
    row[at.L_SPAN] = leaf.within + (wait + slack if leaf.then_no else 0)
    width += len(leaf.sequence)
    if leaf.then_no:
        row[at.L_NO_WORD], width = width, width + 2
    return width


_KINDS: Final[Mapping[type, int]] = {
    When: at.WHEN, Count: at.COUNT, Sum: at.SUM, Distinct: at.DISTINCT, Consecutive: at.CONSECUTIVE, Drop: at.DROP,
    Steps: at.SEQUENCE,
}  # fmt: skip
_SHAPES: Final[Mapping[type, Any]] = {
    When: _nothing, Count: _listed, Sum: _listed, Distinct: _listed, Consecutive: _periodic, Drop: _dropping,
    Steps: _stepped,
}  # fmt: skip


def _subscribe(draft: _Draft, pattern: Pattern, sub: list[int]) -> None:
    name, start = draft.reading.name(pattern.event), len(draft.tests)
    kinds = properties_of(draft.catalogue, pattern.event)
    draft.tests.extend(_test(draft, pattern.event, test, kinds[test.property_]) for test in pattern.where)
    draft.subs.setdefault(name, []).append([*sub, start, len(draft.tests)])


def _test(draft: _Draft, event: str, test: Test, kind: Kind) -> list[int]:
    operand = test.operand(kind)
    if kind != "number":
        place, bit = draft.reading.bit(event, test.property_, kind, (test.op, operand))
        return [place, at.T_MASK, bit, 0]
    start = len(draft.consts)
    draft.consts.extend(float(v) for v in (operand if isinstance(operand, tuple) else (operand or 0.0,)))
    return [draft.reading.number(event, test.property_, kind, "number"), _SIGNS[test.op], start, len(draft.consts)]
