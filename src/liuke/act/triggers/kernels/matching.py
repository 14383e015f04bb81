"""A rule that holds becomes a match, unless its days, its cool-down or an earlier match are in the way."""

from __future__ import annotations

from typing import Any

from liuke.act.triggers.kernels.beside import last_match, note_match, wait_of
from liuke.act.triggers.kernels.clocks import beginning, pane_begins
from liuke.act.triggers.kernels.layout import (
    C_COOLED,
    C_LAST,
    C_MATCHED,
    C_PEOPLE,
    CHAIN_AT,
    CONSECUTIVE,
    DROP,
    EVIDENCE,
    FLOOR,
    FRESH,
    KEPT,
    KEY,
    L_KIND,
    L_LONG,
    L_PERIOD,
    L_PERIODS,
    L_REFS,
    L_STEPS,
    L_WORD,
    MATCHED,
    MOMENT,
    NEVER,
    NEVER_AGAIN,
    O_BY_CLOCK,
    O_COUNT,
    O_CUSTOMER,
    O_FIRST,
    O_LAST,
    O_MOMENT,
    O_REFS,
    O_RULE,
    O_TOTAL,
    R_COOLDOWN,
    R_ENTRY,
    R_FLOOR,
    R_FROM,
    R_LEAF,
    R_LEAVES,
    R_TIMED,
    R_TO,
    REMEMBERED,
    SCALE,
    SEQUENCE,
    SHOWN,
    SUM,
    WHEN,
)
from liuke.act.triggers.kernels.lists import length_of, ref_at, time_at
from liuke.act.triggers.kernels.truth import newest_chain, sum_of, valued_of
from liuke.engine.compiled import kernel

_HALF = (1 << 32) - 1


@kernel
def match(mem: Any, plan: Any, rule: int, record: int, held: int, moment: int, here: Any, out: Any) -> None:
    """Writes the match of the conditions `held` (bits). here: time and reference of the arriving event; (0, 0) if none.

    The clock fired it when there is no arriving event.
    """
    r = plan.rules[rule]
    if moment < r[R_FROM] or moment >= r[R_TO]:
        return
    last = last_match(mem, record)
    if last != NEVER and (r[R_ENTRY] == NEVER_AGAIN or moment < last + r[R_COOLDOWN]):
        out.counters[rule, C_COOLED] += 1
        return
    by_clock = here[1] == 0
    row = out.rows[out.filled[0]]
    row[O_RULE], row[O_CUSTOMER], row[O_MOMENT], row[O_BY_CLOCK] = rule, mem[record + KEY] >> 24, moment, int(by_clock)
    row[O_REFS] = 0
    first = True
    for number in range(r[R_LEAVES]):
        if (held >> number) & 1:
            show(mem, plan, r[R_LEAF] + number, record, here, moment, out, first)
            first = False
    out.filled[0] += 1
    mem[KEPT] = 1
    count_match(mem, rule, record, moment, out)
    past = note_match(mem, record, moment)
    if r[R_ENTRY] == FRESH and past != 0:
        consume(mem, plan, rule, record, past, by_clock)


@kernel
def count_match(mem: Any, rule: int, record: int, moment: int, out: Any) -> None:
    """The rule's counters."""
    out.counters[rule, C_MATCHED] += 1
    out.counters[rule, C_LAST] = max(out.counters[rule, C_LAST], moment)
    if mem[record + KEY] & MATCHED == 0:
        out.counters[rule, C_PEOPLE] += 1


@kernel
def consume(mem: Any, plan: Any, rule: int, record: int, past: int, by_clock: bool) -> None:
    """Nothing up to the match counts again; after a deadline, nothing up to the end of its chain."""
    r = plan.rules[rule]
    floor = past + FLOOR
    if by_clock:
        if r[R_FLOOR] and plan.leaves[r[R_TIMED], L_KIND] == SEQUENCE:
            mem[floor] = max(mem[floor], mem[wait_of(mem, record) + CHAIN_AT])
        return
    if r[R_FLOOR]:
        mem[floor] = mem[record + MOMENT]
    for leaf in range(r[R_LEAF], r[R_LEAF] + r[R_LEAVES]):
        if plan.leaves[leaf, L_KIND] == CONSECUTIVE:
            word = record + plan.leaves[leaf, L_WORD]
            mem[word + 1 : word + 1 + plan.leaves[leaf, L_PERIODS]] = 0
            refs = record + plan.leaves[leaf, L_REFS]
            mem[refs : refs + 2] = 0


@kernel
def show(mem: Any, plan: Any, leaf: int, record: int, here: Any, moment: int, out: Any, first: bool) -> None:
    """Adds one condition's events to the match, and its numbers when it is the first."""
    row, kind = out.rows[out.filled[0]], plan.leaves[leaf, L_KIND]
    word = record + plan.leaves[leaf, L_WORD]
    if kind == WHEN:
        add_ref(out, here[1])
        if first:
            numbers(row, 1, 0, here[0], here[0])
    elif kind == SEQUENCE:
        show_chain(mem, plan, leaf, record, out, first)
    elif kind in (CONSECUTIVE, DROP):
        show_remembered(mem, record + plan.leaves[leaf, L_REFS], out)
        if first and kind == CONSECUTIVE:
            periods_shown(mem, plan, leaf, word, moment, row)
        elif first:
            numbers(row, out.stack[SHOWN], out.stack[SHOWN + 1], out.stack[SHOWN + 2], moment)
    else:
        valued, length = valued_of(kind), length_of(mem, word)
        for i in range(length):
            add_ref(out, ref_at(mem, word, i, valued))
        if first:
            total = sum_of(mem, word) if kind == SUM else 0
            numbers(row, length, total, time_at(mem, word, 0), time_at(mem, word, length - 1))


@kernel
def show_remembered(mem: Any, refs: int, out: Any) -> None:
    """The last events that counted, old to new."""
    for i in range(REMEMBERED - 1, -1, -1):
        ref = (mem[refs + (i >> 1)] >> (32 * (i & 1))) & _HALF
        if ref != 0:
            add_ref(out, ref)


@kernel
def show_chain(mem: Any, plan: Any, leaf: int, record: int, out: Any, first: bool) -> None:
    """The steps of a sequence."""
    word, steps = record + plan.leaves[leaf, L_WORD], plan.leaves[leaf, L_STEPS]
    newest_chain(mem, plan, leaf, record, out.chain)
    for step in range(steps):
        add_ref(out, ref_at(mem, word + step, out.chain[step], 0))
    if first:
        start, end = time_at(mem, word, out.chain[0]), time_at(mem, word + steps - 1, out.chain[steps - 1])
        numbers(out.rows[out.filled[0]], steps, 0, start, end)


@kernel
def periods_shown(mem: Any, plan: Any, leaf: int, word: int, moment: int, row: Any) -> None:
    """The numbers of periods running; the sum is in scaled units, 0 for counts."""
    periods, total = plan.leaves[leaf, L_PERIODS], 0
    for i in range(periods):
        total += mem[word + 1 + i]
    start = beginning(plan, plan.leaves[leaf, L_PERIOD], mem[word] - periods + 1)
    numbers(row, periods, total if plan.leaves[leaf, L_LONG] else 0, start, moment)


@kernel
def drop_shown(mem: Any, plan: Any, leaf: int, pane: int, recent: int, expected: float, out: Any) -> None:
    """Leaves the numbers of a drop where `show` finds them: recent, expected (scaled), the beginning looked at."""
    out.stack[SHOWN], out.stack[SHOWN + 1] = recent, round(expected * SCALE)
    out.stack[SHOWN + 2] = pane_begins(plan, leaf, pane)


@kernel
def numbers(row: Any, count: int, total: int, first: int, last: int) -> None:
    """Writes the numbers of a match."""
    row[O_COUNT], row[O_TOTAL], row[O_FIRST], row[O_LAST] = count, total, first, last


@kernel
def add_ref(out: Any, ref: int) -> None:
    """One more event of evidence, once, as long as there is room."""
    at = out.filled[0]
    length = out.rows[at, O_REFS]
    for i in range(length):
        if out.refs[at, i] == ref:
            return
    if length < EVIDENCE:
        out.refs[at, length] = ref
        out.rows[at, O_REFS] = length + 1
