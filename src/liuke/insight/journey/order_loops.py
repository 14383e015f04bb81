"""The facts of one customer in order: compiled loops over three columns, of which only the order is moved."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from liuke.engine.compiled import apart, kernel

DAY_BITS: Final = 13
"""Bits of the business day below the moment in a mark: twenty-two years of days, and moments of 35 years both ways."""
DAY: Final = (1 << DAY_BITS) - 1
_MOST_MOVES: Final = 16


class Facts(NamedTuple):
    """Those of some customers. offsets: of each customer's. marks: moment and day; kinds: numbers of `Kinds`, below 0
    what the customer said; cases: numbers of names of cases, -1 for none. ends, text: the names, by their numbers.
    """

    offsets: Any
    marks: Any
    kinds: Any
    cases: Any
    ends: Any
    text: Any


@kernel
def moment_of(mark: int) -> int:
    """Microseconds since the origin."""
    return mark >> DAY_BITS


@kernel
def _sooner(facts: Any, order: Any, a: int, b: int) -> bool:
    """Whether fact a comes before fact b: by moment, by what they are, by the name of their case."""
    one, other = moment_of(facts.marks[a]), moment_of(facts.marks[b])
    if one != other:
        return bool(one < other)
    kind, mine = facts.kinds[b], facts.kinds[a]
    if kind < 0 or mine < 0:
        return bool(mine < 0 <= kind)
    if order[mine] != order[kind]:
        return bool(order[mine] < order[kind])
    return bool(facts.cases[a] != facts.cases[b] and _named_before(facts, facts.cases[a], facts.cases[b]))


@apart
def _named_before(facts: Any, a: int, b: int) -> bool:
    """Whether one name comes before the other in the order of their bytes; none comes first."""
    if a < 0 or b < 0:
        return a < 0 <= b
    i, j = facts.ends[a], facts.ends[b]
    while i < facts.ends[a + 1] and j < facts.ends[b + 1]:
        if facts.text[i] != facts.text[j]:
            return bool(facts.text[i] < facts.text[j])
        i += 1
        j += 1
    return bool(i == facts.ends[a + 1] and j < facts.ends[b + 1])


@kernel
def put_in_line(facts: Any, order: Any, low: int, high: int, line: Any, spare: Any) -> None:
    """The places from `low` to before `high` in the order of their facts, from line[0] on.

    order: of kinds. By insertion, as long as that moves few, else by merging.
    """
    moves, many = 0, high - low
    for i in range(many):
        one, at = low + i, i
        while at > 0 and _sooner(facts, order, one, line[at - 1]):
            line[at] = line[at - 1]
            at -= 1
        line[at] = one
        moves += i - at
        if moves > _MOST_MOVES * many:
            _merge_all(facts, order, low, many, line, spare)
            return


@apart
def _merge_all(facts: Any, order: Any, low: int, many: int, line: Any, spare: Any) -> None:
    """From runs of one fact to one run of all; facts that are equal stay as they came."""
    for i in range(many):
        line[i] = low + i
    width = 1
    while width < many:
        for begin in range(0, many, 2 * width):
            middle, end = min(begin + width, many), min(begin + 2 * width, many)
            i, j = begin, middle
            for k in range(begin, end):
                if i < middle and (j >= end or not _sooner(facts, order, line[j], line[i])):
                    spare[k] = line[i]
                    i += 1
                else:
                    spare[k] = line[j]
                    j += 1
        for k in range(many):
            line[k] = spare[k]
        width *= 2
