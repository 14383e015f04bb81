"""Clears out what no record needs any more: events that have left every window, and the ids kept for them."""

from __future__ import annotations

from typing import Any

from liuke.act.triggers.kernels.beside import wait_of
from liuke.act.triggers.kernels.ids import PLACE, places_of
from liuke.act.triggers.kernels.layout import (
    CHAIN_REF,
    CLOCK,
    CONSECUTIVE,
    COUNT,
    DISTINCT,
    DROP,
    EVIDENCE_USED,
    KEY,
    L_KIND,
    L_NO_WORD,
    L_REFS,
    L_SPAN,
    L_STEPS,
    L_WORD,
    MOMENT,
    NEVER,
    PARTS,
    R_ALIVE,
    R_LEAF,
    R_LEAVES,
    R_TIMED,
    RECORD_PARTS,
    SEQUENCE,
    SUM,
    TABLE_WORDS,
)
from liuke.act.triggers.kernels.lists import capacity_of, forget_until, length_of, ref_at, set_ref
from liuke.act.triggers.kernels.truth import trim, valued_of
from liuke.engine.compiled import entry, kernel

_HALF = (1 << 32) - 1


@entry
def tidy(state: Any, plan: Any, moved: Any) -> None:
    """Moves the ids still referred to to the front of the store. moved: one zeroed number for each place of it."""
    each_record(state.mem, plan, moved, True)
    used, read = 1, 1
    end = state.mem[EVIDENCE_USED] // PLACE
    while read < end:
        ref = moved[read]
        if ref == 0:
            read += 1
            continue
        places = places_of(state.evidence, ref)
        for i in range(PLACE * places):
            state.evidence[used * PLACE + i] = state.evidence[read * PLACE + i]
        moved[read] = 2 * used + (ref & 1)
        used += places
        read += places
    state.mem[EVIDENCE_USED] = used * PLACE
    each_record(state.mem, plan, moved, False)


@kernel
def each_record(mem: Any, plan: Any, moved: Any, marks: bool) -> None:
    """Marks, or rewrites, the references of every record of a rule that still watches."""
    for part in range(PARTS):
        table = RECORD_PARTS + part * TABLE_WORDS
        for slot in range(mem[table + 1]):
            record = mem[mem[table] + slot] >> 28
            if record != 0:
                rule = mem[record + KEY] & 0xFFFF
                if plan.rules[rule, R_ALIVE]:
                    if marks and mem[record + MOMENT] != NEVER:
                        forget_old(mem, plan, rule, record)
                    one_record(mem, plan, rule, record, moved, marks)


@kernel
def forget_old(mem: Any, plan: Any, rule: int, record: int) -> None:
    """Forgets events no later event can bring back into a window: those before the watermark less the window."""
    trim(mem, plan, rule, record)
    if plan.rules[rule, R_TIMED] >= 0:
        return
    first = plan.rules[rule, R_LEAF]
    for leaf in range(first, first + plan.rules[rule, R_LEAVES]):
        kind = plan.leaves[leaf, L_KIND]
        after = mem[CLOCK] - plan.lateness - plan.leaves[leaf, L_SPAN] - 1
        if kind in (COUNT, SUM, DISTINCT):
            forget_until(mem, record + plan.leaves[leaf, L_WORD], after, valued_of(kind))


@kernel
def one_record(mem: Any, plan: Any, rule: int, record: int, moved: Any, marks: bool) -> None:
    """The references of one record."""
    first = plan.rules[rule, R_LEAF]
    for leaf in range(first, first + plan.rules[rule, R_LEAVES]):
        kind, word = plan.leaves[leaf, L_KIND], record + plan.leaves[leaf, L_WORD]
        if kind in (COUNT, SUM, DISTINCT):
            of_list(mem, word, valued_of(kind), moved, marks)
        elif kind == SEQUENCE:
            of_sequence(mem, plan, leaf, record, moved, marks)
        elif kind in (CONSECUTIVE, DROP):
            refs = record + plan.leaves[leaf, L_REFS]
            for i in range(4):
                ref = (mem[refs + (i >> 1)] >> (32 * (i & 1))) & _HALF
                if ref != 0 and marks:
                    moved[ref >> 1] = ref
                elif ref != 0:
                    set_ref(mem, refs, i, moved[ref >> 1])


@kernel
def of_sequence(mem: Any, plan: Any, leaf: int, record: int, moved: Any, marks: bool) -> None:
    """The references of a sequence: its steps, what followed, the chain waited for."""
    for step in range(plan.leaves[leaf, L_STEPS]):
        of_list(mem, record + plan.leaves[leaf, L_WORD] + step, 0, moved, marks)
    if plan.leaves[leaf, L_NO_WORD] > 0:
        of_word(mem, record + plan.leaves[leaf, L_NO_WORD] + 1, moved, marks)
    wait = wait_of(mem, record)
    if wait != 0:
        of_word(mem, wait + CHAIN_REF, moved, marks)


@kernel
def of_list(mem: Any, word: int, valued: int, moved: Any, marks: bool) -> None:
    """The references of one list."""
    refs = (mem[word] >> 24) + capacity_of(mem, word) * (1 + valued)
    for i in range(length_of(mem, word)):
        ref = ref_at(mem, word, i, valued)
        if marks:
            moved[ref >> 1] = ref
        else:
            set_ref(mem, refs, i, moved[ref >> 1])


@kernel
def of_word(mem: Any, word: int, moved: Any, marks: bool) -> None:
    """One reference in a word of its own."""
    if mem[word] != 0 and marks:
        moved[mem[word] >> 1] = mem[word]
    elif mem[word] != 0:
        mem[word] = moved[mem[word] >> 1]
