"""One event is told to one rule: the record is found or made, the event put where it counts."""

from __future__ import annotations

import math
from typing import Any

from liuke.act.triggers.kernels.beside import floor_of, new_wait, note_bar, wait_of
from liuke.act.triggers.kernels.clocks import period_of, schedule, wait_for_pane
from liuke.act.triggers.kernels.layout import (
    BARRING,
    CHAIN_AT,
    CHAIN_REF,
    CLOCK,
    CONSECUTIVE,
    DISTINCT,
    DROP,
    DUE,
    FOLLOWING,
    KEPT,
    KEY,
    L_CAP,
    L_DAYS,
    L_KIND,
    L_LONG,
    L_NO_WORD,
    L_PERIOD,
    L_PERIODS,
    L_REFS,
    L_SPAN,
    L_STEPS,
    L_WAIT,
    L_WORD,
    MOMENT,
    NEVER,
    PANE_SHIFT,
    PARTS,
    R_LEAF,
    R_LEAVES,
    R_MOMENT,
    R_SETTLE,
    R_TIMED,
    R_WAIT,
    R_WIDTH,
    RECORD_PARTS,
    RECORD_WORDS,
    RECORDS,
    SCALE,
    SEQUENCE,
    SUM,
    TABLE_WORDS,
    WHEN,
)
from liuke.act.triggers.kernels.lists import find_value, forget_until, insert, ref_at, remember, remove, time_at
from liuke.act.triggers.kernels.memory import DENSE, entry_of, find_record, mixed, put, take
from liuke.act.triggers.kernels.panes import pane_value, set_pane
from liuke.act.triggers.kernels.truth import is_followed, newest_chain, turn_to, valued_of
from liuke.engine.compiled import kernel

_FLAGS = ~(255 << 16)


@kernel
def record_of(mem: Any, plan: Any, rule: int, customer: int) -> int:
    """The record of the customer under the rule, a new one where there is none; 0 when the state is full."""
    key = (customer << 24) | rule
    h = mixed(key)
    table = RECORD_PARTS + ((h >> 28) & (PARTS - 1)) * TABLE_WORDS
    record = find_record(mem, table, h, key, _FLAGS)
    if record != 0:
        return record
    record = take(mem, plan.rules[rule, R_WIDTH])
    if record == 0:
        return 0
    prepare(mem, plan, rule, record, key)
    mem[RECORDS] += 1
    mem[RECORD_WORDS] += plan.rules[rule, R_WIDTH]
    put(mem, table, entry_of(record, h), DENSE)
    return record


@kernel
def prepare(mem: Any, plan: Any, rule: int, record: int, key: int) -> None:
    """Writes what a new record begins with."""
    mem[record + KEY] = key
    if plan.rules[rule, R_MOMENT]:
        mem[record + MOMENT] = NEVER
    first = plan.rules[rule, R_LEAF]
    for leaf in range(first, first + plan.rules[rule, R_LEAVES]):
        if plan.leaves[leaf, L_NO_WORD] > 0:
            mem[record + plan.leaves[leaf, L_NO_WORD]] = NEVER


@kernel
def bar(mem: Any, plan: Any, leaf: int, role: int, record: int, at: int, ref: int) -> None:
    """Remembers the newest event that must not have happened."""
    if role == BARRING:
        note_bar(mem, plan, leaf, record, at)
    elif role == FOLLOWING:
        word = record + plan.leaves[leaf, L_NO_WORD]
        if at > mem[word] or (at == mem[word] and ref > mem[word + 1]):
            mem[word], mem[word + 1] = at, ref
            mem[KEPT] = 1


@kernel
def scaled(number: float, scale: int) -> int:
    """A number in whole parts, 0 where it is missing."""
    return 0 if math.isnan(number) else round(number * scale)


@kernel
def joins(mem: Any, plan: Any, sub: Any, record: int, at: int, ref: int, number: float) -> bool:
    """Puts the event where its condition counts; whether that is a reason to ask the rule."""
    rule, leaf = sub[0], sub[2]
    kind = plan.leaves[leaf, L_KIND]
    if kind == WHEN:
        return True
    if kind == DROP:
        fill_pane(mem, plan, rule, leaf, record, at, ref, number)
        return False
    word = record + sub[3]
    floor = floor_of(mem, plan, rule, record)
    if kind == CONSECUTIVE:
        return fill_period(mem, plan, leaf, record, floor, at, ref, number)
    after = max(floor, mem[record + MOMENT] - plan.leaves[leaf, L_SPAN])
    valued, most = valued_of(kind), plan.leaves[leaf, L_CAP]
    forget_until(mem, word, after, valued)
    if at <= after:
        return False
    if kind == DISTINCT:
        return insert_distinct(mem, word, at, number, ref, most)
    value = scaled(number, SCALE) if kind == SUM else 0
    inside = insert(mem, word, at, value, ref, valued, most)
    return inside and leaf != plan.rules[rule, R_TIMED]


@kernel
def insert_distinct(mem: Any, word: int, at: int, number: float, ref: int, most: int) -> bool:
    """Keeps the newest event of each value; a missing value is none."""
    if math.isnan(number):
        return False
    value = int(number)
    known = find_value(mem, word, value)
    if known >= 0:
        if time_at(mem, word, known) > at:
            return False
        remove(mem, word, known, 1, 1)
    return insert(mem, word, at, value, ref, 1, most)


@kernel
def fill_period(mem: Any, plan: Any, leaf: int, record: int, floor: int, at: int, ref: int, number: float) -> bool:
    """Adds to the sum of the event's calendar period."""
    word, kind, periods = record + plan.leaves[leaf, L_WORD], plan.leaves[leaf, L_PERIOD], plan.leaves[leaf, L_PERIODS]
    turn_to(mem, plan, leaf, word, period_of(plan, kind, mem[record + MOMENT]))
    period = period_of(plan, kind, at)
    if at <= floor or mem[word] - period >= periods:
        return False
    mem[word + 1 + period % periods] += scaled(number, SCALE) if plan.leaves[leaf, L_LONG] else 1
    remember(mem, record + plan.leaves[leaf, L_REFS], ref)
    return True


@kernel
def fill_pane(mem: Any, plan: Any, rule: int, leaf: int, record: int, at: int, ref: int, number: float) -> None:
    """Adds to the measure of the event's pane, and sees to it that the clock will look."""
    wait = record + plan.rules[rule, R_WAIT]
    view = plan.leaves[leaf, L_PERIODS] + plan.leaves[leaf, L_LONG]
    if mem[wait] == 0:
        wait_for_pane(mem, plan, rule, leaf, record)
    pane = period_of(plan, 0, at) // plan.leaves[leaf, L_DAYS]
    if pane < (mem[wait] >> PANE_SHIFT) - view:
        return
    add = max(0, scaled(number, 1)) if plan.leaves[leaf, L_STEPS] else 1
    slot = pane % (view + 1)
    set_pane(mem, plan, leaf, record, slot, pane_value(mem, plan, leaf, record, slot) + add)
    remember(mem, record + plan.leaves[leaf, L_REFS], ref)


@kernel
def wait_anew(mem: Any, plan: Any, rule: int, record: int, chain: Any) -> None:
    """Sets which chain of a sequence with `then_no` is waited for, and until when."""
    leaf = plan.rules[rule, R_TIMED]
    if leaf < 0 or plan.leaves[leaf, L_KIND] != SEQUENCE:
        return
    wait, steps = wait_of(mem, record), plan.leaves[leaf, L_STEPS]
    word = record + plan.leaves[leaf, L_WORD]
    after = max(floor_of(mem, plan, rule, record), mem[record + MOMENT] - plan.leaves[leaf, L_SPAN])
    for step in range(steps):
        forget_until(mem, word + step, after, 0)
    if newest_chain(mem, plan, leaf, record, chain):
        at, ref = time_at(mem, word + steps - 1, chain[steps - 1]), ref_at(mem, word + steps - 1, chain[steps - 1], 0)
        if not is_followed(mem, plan, leaf, record, at, ref):
            wait = new_wait(mem, record) if wait == 0 else wait
            if wait != 0 and (mem[wait + CHAIN_AT] != at or mem[wait + CHAIN_REF] != ref):
                mem[wait + CHAIN_AT], mem[wait + CHAIN_REF] = at, ref
                due = max(at + plan.leaves[leaf, L_WAIT], mem[CLOCK]) + plan.rules[rule, R_SETTLE]
                schedule(mem, wait, record, due)
            return
    if wait != 0:
        mem[wait + CHAIN_AT], mem[wait + CHAIN_REF], mem[wait + DUE] = NEVER, 0, 0
