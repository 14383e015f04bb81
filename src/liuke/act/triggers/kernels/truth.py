"""Whether the conditions of a rule hold for a record, as looking.py and reference.py say."""

from __future__ import annotations

from typing import Any

from liuke.act.triggers.kernels.beside import barred_at, floor_of
from liuke.act.triggers.kernels.clocks import period_of
from liuke.act.triggers.kernels.layout import (
    ALL_OF,
    ANY_OF,
    BAR_WITHIN,
    CONSECUTIVE,
    COUNT,
    DISTINCT,
    DROP,
    L_BAR,
    L_BAR_SPAN,
    L_KIND,
    L_NEED,
    L_NO_WORD,
    L_PERIOD,
    L_PERIODS,
    L_SPAN,
    L_STEPS,
    L_WITHIN,
    L_WORD,
    MOMENT,
    NO_BAR,
    R_LEAF,
    R_LEAVES,
    R_PROGRAM,
    R_PROGRAM_END,
    R_TIMED,
    SEQUENCE,
    SUM,
    WHEN,
)
from liuke.act.triggers.kernels.lists import forget_until, length_of, ref_at, time_at, value_at
from liuke.engine.compiled import kernel


@kernel
def valued_of(kind: int) -> int:
    """1 where events are kept with a value."""
    return 1 if kind in (SUM, DISTINCT) else 0


@kernel
def trim(mem: Any, plan: Any, rule: int, record: int) -> None:
    """Forgets what has left the windows of all conditions of the rule."""
    floor, moment = floor_of(mem, plan, rule, record), mem[record + MOMENT]
    first = plan.rules[rule, R_LEAF]
    for leaf in range(first, first + plan.rules[rule, R_LEAVES]):
        kind = plan.leaves[leaf, L_KIND]
        word, after = record + plan.leaves[leaf, L_WORD], max(floor, moment - plan.leaves[leaf, L_SPAN])
        if kind in (COUNT, SUM, DISTINCT):
            forget_until(mem, word, after, valued_of(kind))
        elif kind == SEQUENCE:
            for step in range(plan.leaves[leaf, L_STEPS]):
                forget_until(mem, word + step, after, 0)
        elif kind == CONSECUTIVE:
            turn_to(mem, plan, leaf, word, period_of(plan, plan.leaves[leaf, L_PERIOD], moment))


@kernel
def turn_to(mem: Any, plan: Any, leaf: int, word: int, period: int) -> None:
    """Makes `period` the running one: sums of periods that are new are 0. The word holds the running period."""
    periods, running = plan.leaves[leaf, L_PERIODS], mem[word]
    if period <= running:
        return
    for fresh in range(max(running + 1, period - periods + 1), period + 1):
        mem[word + 1 + fresh % periods] = 0
    mem[word] = period


@kernel
def is_barred(mem: Any, plan: Any, leaf: int, record: int, first: int) -> bool:
    """Whether what must not have happened is known."""
    bar = plan.leaves[leaf, L_BAR]
    if bar == NO_BAR:
        return False
    known = barred_at(mem, plan, leaf, record)
    if bar == BAR_WITHIN:
        return known > mem[record + MOMENT] - plan.leaves[leaf, L_BAR_SPAN]
    return known >= first


@kernel
def sum_of(mem: Any, word: int) -> int:
    """The values of a list together."""
    total = 0
    for i in range(length_of(mem, word)):
        total += value_at(mem, word, i)
    return total


@kernel
def newest_chain(mem: Any, plan: Any, leaf: int, record: int, chain: Any) -> bool:
    """Fills `chain` with the place of each step in its list: the newest end, before it each as new as possible."""
    word, steps = record + plan.leaves[leaf, L_WORD], plan.leaves[leaf, L_STEPS]
    for end in range(length_of(mem, word + steps - 1) - 1, -1, -1):
        chain[steps - 1] = end
        at, ref = time_at(mem, word + steps - 1, end), ref_at(mem, word + steps - 1, end, 0)
        last, whole = at, True
        for step in range(steps - 2, -1, -1):
            i = length_of(mem, word + step) - 1
            while i >= 0 and not is_before(mem, word + step, i, at, ref):
                i -= 1
            if i < 0:
                whole = False
                break
            chain[step] = i
            at, ref = time_at(mem, word + step, i), ref_at(mem, word + step, i, 0)
        if whole and last - at <= plan.leaves[leaf, L_WITHIN]:
            return True
    return False


@kernel
def is_before(mem: Any, word: int, i: int, at: int, ref: int) -> bool:
    """Whether the i-th event stands before the place (at, ref)."""
    time = time_at(mem, word, i)
    return time < at or (time == at and ref_at(mem, word, i, 0) < ref)


@kernel
def is_followed(mem: Any, plan: Any, leaf: int, record: int, at: int, ref: int) -> bool:
    """Whether what must not follow is known to stand after (at, ref)."""
    word = record + plan.leaves[leaf, L_NO_WORD]
    return mem[word] > at or (mem[word] == at and mem[word + 1] > ref)


@kernel
def reached(mem: Any, plan: Any, leaf: int, record: int, chain: Any) -> bool:
    """Whether one event-fired condition holds, `when` aside."""
    kind, word = plan.leaves[leaf, L_KIND], record + plan.leaves[leaf, L_WORD]
    if kind == CONSECUTIVE:
        for i in range(plan.leaves[leaf, L_PERIODS]):
            if mem[word + 1 + i] < plan.leaves[leaf, L_NEED]:
                return False
        return True
    if kind == SEQUENCE:
        return newest_chain(mem, plan, leaf, record, chain)
    length = length_of(mem, word)
    if length == 0:
        return False
    measure = sum_of(mem, word) if kind == SUM else length
    return measure >= plan.leaves[leaf, L_NEED] and not is_barred(mem, plan, leaf, record, time_at(mem, word, 0))


@kernel
def holding(mem: Any, plan: Any, rule: int, record: int, now: int, timed: bool, out: Any) -> int:
    """The conditions that make the rule hold, as bits; 0 when it does not.

    now: bits of `when` conditions that the arriving event meets. timed: whether the clock fires the timed one.
    """
    depth, first = 0, plan.rules[rule, R_LEAF]
    for at in range(plan.rules[rule, R_PROGRAM], plan.rules[rule, R_PROGRAM_END]):
        code = plan.program[at]
        if code < ALL_OF:
            leaf = first + code
            kind = plan.leaves[leaf, L_KIND]
            if leaf == plan.rules[rule, R_TIMED] or kind == DROP:
                held = timed
            elif kind == WHEN:
                held = (now >> code) & 1 == 1
            else:
                held = reached(mem, plan, leaf, record, out.chain)
            out.stack[depth] = (1 << code) if held else 0
            depth += 1
        else:
            depth = joined(out.stack, depth, code)
    return out.stack[0]


@kernel
def joined(stack: Any, depth: int, code: int) -> int:
    """Joins the topmost parts of the stack; the new depth."""
    parts = code - ANY_OF if code >= ANY_OF else code - ALL_OF
    bits, every = 0, True
    for i in range(depth - parts, depth):
        bits |= stack[i]
        every = every and stack[i] != 0
    stack[depth - parts] = bits if every or code >= ANY_OF else 0
    return depth - parts + 1
