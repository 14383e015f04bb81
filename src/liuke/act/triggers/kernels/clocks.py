"""Deadlines in a heap, and calendar periods by search among their beginnings."""

from __future__ import annotations

from typing import Any

from liuke.act.triggers.kernels.compiled import kernel
from liuke.act.triggers.kernels.layout import (
    CLOCK,
    DUE,
    HEAP,
    L_DAYS,
    QUEUED,
    R_SETTLE,
    R_WAIT,
)
from liuke.act.triggers.kernels.memory import copy, give_table_back, power_of, take_table

_EARLIEST = 10**15


@kernel
def period_of(plan: Any, kind: int, moment: int) -> int:
    """The number of the day (0), week (1) or month (2) the moment lies in."""
    low, high = plan.bound_start[kind], plan.bound_start[kind + 1]
    start = low
    while low < high:
        middle = (low + high) >> 1
        if plan.bounds[middle] <= moment:
            low = middle + 1
        else:
            high = middle
    return low - start - 1


@kernel
def beginning(plan: Any, kind: int, period: int) -> int:
    """The moment at which it begins; far ahead beyond the last known."""
    at = plan.bound_start[kind] + period
    return plan.bounds[at] if at < plan.bound_start[kind + 1] else 2**62


@kernel
def next_pane(mem: Any, plan: Any, rule: int, leaf: int) -> int:
    """The first pane of a drop whose beginning is checked after the clock."""
    moment = max(mem[CLOCK] - plan.rules[rule, R_SETTLE], _EARLIEST)
    return period_of(plan, 0, moment) // plan.leaves[leaf, L_DAYS] + 1


@kernel
def pane_begins(plan: Any, leaf: int, pane: int) -> int:
    """The moment at which a pane of a drop begins."""
    return beginning(plan, 0, pane * plan.leaves[leaf, L_DAYS])


@kernel
def push(mem: Any, due: int, record: int) -> None:
    """Adds a deadline."""
    if mem[HEAP + 2] == mem[HEAP + 1]:
        wider = max(1024, 2 * mem[HEAP + 1])
        at = take_table(mem, power_of(2 * wider - 1))
        if at == 0:
            return
        copy(mem, mem[HEAP], at, 2 * mem[HEAP + 2])
        give_table_back(mem, mem[HEAP], 2 * mem[HEAP + 1])
        mem[HEAP], mem[HEAP + 1] = at, wider
    base, i = mem[HEAP], mem[HEAP + 2]
    mem[HEAP + 2] = i + 1
    while i > 0:
        above = (i - 1) >> 1
        if mem[base + 2 * above] <= due:
            break
        mem[base + 2 * i], mem[base + 2 * i + 1] = mem[base + 2 * above], mem[base + 2 * above + 1]
        i = above
    mem[base + 2 * i], mem[base + 2 * i + 1] = due, record


@kernel
def pop(mem: Any) -> int:
    """Takes the earliest deadline out; its record."""
    base, length = mem[HEAP], mem[HEAP + 2] - 1
    record = mem[base + 1]
    mem[HEAP + 2] = length
    due, moved = mem[base + 2 * length], mem[base + 2 * length + 1]
    i = 0
    while 2 * i + 1 < length:
        below = 2 * i + 1
        if below + 1 < length and mem[base + 2 * below + 2] < mem[base + 2 * below]:
            below += 1
        if mem[base + 2 * below] >= due:
            break
        mem[base + 2 * i], mem[base + 2 * i + 1] = mem[base + 2 * below], mem[base + 2 * below + 1]
        i = below
    if length > 0:
        mem[base + 2 * i], mem[base + 2 * i + 1] = due, moved
    return record


@kernel
def schedule(mem: Any, plan: Any, rule: int, record: int, due: int) -> None:
    """Sets the record's deadline; it stands in the heap once, at this moment or an earlier one."""
    wait = record + plan.rules[rule, R_WAIT]
    mem[wait + DUE] = due
    if mem[wait + QUEUED] == 0 or due < mem[wait + QUEUED]:
        mem[wait + QUEUED] = due
        push(mem, due, record)
