"""Deadlines in a heap; records that wait for the same check of a drop in a list; calendar periods by search."""

from __future__ import annotations

from typing import Any

from liuke.act.triggers.kernels.layout import (
    CLOCK,
    D_COLUMNS,
    D_HEAD,
    D_NEXT,
    D_PANE,
    DROPS,
    DUE,
    HEAP,
    L_DAYS,
    PANE_SHIFT,
    QUEUED,
    R_SETTLE,
    R_TIMED,
    R_WAIT,
)
from liuke.act.triggers.kernels.memory import copy, give_up, take
from liuke.engine.compiled import kernel

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
    """Adds a deadline of a record, or of all that wait with a drop of a rule: -1 - rule."""
    if mem[HEAP + 2] == mem[HEAP + 1]:
        wider = max(1024, mem[HEAP + 1] + (mem[HEAP + 1] >> 1))
        at = take(mem, 2 * wider)
        if at == 0:
            return
        copy(mem, mem[HEAP], at, 2 * mem[HEAP + 2])
        give_up(mem, mem[HEAP], 2 * mem[HEAP + 1])
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
def schedule(mem: Any, wait: int, record: int, due: int) -> None:
    """Sets the record's deadline; it stands in the heap once, at this moment or an earlier one."""
    mem[wait + DUE] = due
    if mem[wait + QUEUED] == 0 or due < mem[wait + QUEUED]:
        mem[wait + QUEUED] = due
        push(mem, due, record)


@kernel
def drops_of(mem: Any, rule: int) -> int:
    """Where the rule's row in the table of drops is."""
    return mem[DROPS] + rule * D_COLUMNS


@kernel
def room_for_drops(mem: Any, rules: int) -> None:
    """Makes the table hold so many rules."""
    known = mem[DROPS + 1]
    if rules <= known:
        return
    at = take(mem, 2 * rules * D_COLUMNS)
    if at == 0:
        return
    copy(mem, mem[DROPS], at, known * D_COLUMNS)
    give_up(mem, mem[DROPS], known * D_COLUMNS)
    mem[DROPS], mem[DROPS + 1] = at, 2 * rules


@kernel
def wait_for_pane(mem: Any, plan: Any, rule: int, leaf: int, record: int) -> None:
    """The record joins those that wait for the rule's next check; the first of them sets the clock."""
    row = drops_of(mem, rule)
    if mem[row + D_HEAD] == 0:
        mem[row + D_PANE] = next_pane(mem, plan, rule, leaf)
        push(mem, pane_begins(plan, leaf, mem[row + D_PANE]) + plan.rules[rule, R_SETTLE], -1 - rule)
    mem[record + plan.rules[rule, R_WAIT]] = (mem[row + D_PANE] << PANE_SHIFT) | mem[row + D_HEAD]
    mem[row + D_HEAD] = record


@kernel
def next_to_check(mem: Any, plan: Any, rule: int) -> int:
    """Takes a record from those to be checked now; it waits no more."""
    row = drops_of(mem, rule)
    record = mem[row + D_HEAD]
    wait = record + plan.rules[rule, R_WAIT]
    mem[row + D_HEAD] = mem[wait] & ((1 << PANE_SHIFT) - 1)
    mem[wait] = 0
    return record


@kernel
def wait_on(mem: Any, plan: Any, rule: int, record: int) -> None:
    """A record that was checked waits for the pane after."""
    row = drops_of(mem, rule)
    mem[record + plan.rules[rule, R_WAIT]] = ((mem[row + D_PANE] + 1) << PANE_SHIFT) | mem[row + D_NEXT]
    mem[row + D_NEXT] = record


@kernel
def turn_pane(mem: Any, plan: Any, rule: int) -> None:
    """All of a rule's records were checked: those that wait on do so for the next pane."""
    row = drops_of(mem, rule)
    mem[row + D_HEAD], mem[row + D_NEXT] = mem[row + D_NEXT], 0
    mem[row + D_PANE] += 1
    if mem[row + D_HEAD] != 0:
        leaf = plan.rules[rule, R_TIMED]
        push(mem, pane_begins(plan, leaf, mem[row + D_PANE]) + plan.rules[rule, R_SETTLE], -1 - rule)
