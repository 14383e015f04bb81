"""What few records need stands beside them, above all what a record remembers of its matches."""

from __future__ import annotations

from typing import Any

from liuke.act.triggers.kernels.layout import (
    BAR_KEY,
    BARRED,
    BESIDE_PARTS,
    CHAIN_AT,
    FLOOR,
    FRESH,
    KEY,
    LAST,
    MATCHED,
    NEVER,
    PARTS,
    PAST_WORDS,
    R_ENTRY,
    R_FLOOR,
    R_LEAF,
    R_LEAVES,
    TABLE_WORDS,
    WAIT_KEY,
    WAIT_WORDS,
    WAITS,
)
from liuke.act.triggers.kernels.memory import DENSE, entry_of, find_record, mixed, put, take
from liuke.engine.compiled import kernel


@kernel
def block_beside(mem: Any, key: int) -> int:
    """The block that `new_block` made for the key; 0 when there is none."""
    h = mixed(key)
    return find_record(mem, BESIDE_PARTS + ((h >> 28) & (PARTS - 1)) * TABLE_WORDS, h, key, -1)


@kernel
def new_block(mem: Any, key: int, words: int) -> int:
    """Makes a block that begins with the key; 0 when there is no room."""
    block = take(mem, words)
    if block != 0:
        h = mixed(key)
        mem[block] = key
        put(mem, BESIDE_PARTS + ((h >> 28) & (PARTS - 1)) * TABLE_WORDS, entry_of(block, h), DENSE)
    return block


@kernel
def past_of(mem: Any, record: int) -> int:
    """The block of a record that matched; 0 of one that never did."""
    return block_beside(mem, record) if mem[record + KEY] & MATCHED else 0


@kernel
def last_match(mem: Any, record: int) -> int:
    """The moment of the last match."""
    past = past_of(mem, record)
    return mem[past + LAST] if past != 0 else NEVER


@kernel
def floor_of(mem: Any, plan: Any, rule: int, record: int) -> int:
    """Events up to here count no more."""
    past = past_of(mem, record)
    if past == 0:
        return NEVER
    if plan.rules[rule, R_FLOOR]:
        return mem[past + FLOOR]
    return mem[past + LAST] if plan.rules[rule, R_ENTRY] == FRESH else NEVER


@kernel
def note_match(mem: Any, record: int, moment: int) -> int:
    """Writes the moment of a match; the record's block, 0 when there is no room for one."""
    past = past_of(mem, record)
    if past == 0:
        past = new_block(mem, record, PAST_WORDS)
        if past == 0:
            return 0
        mem[record + KEY] |= MATCHED
        mem[past + FLOOR] = NEVER
    mem[past + LAST] = moment
    return past


@kernel
def wait_of(mem: Any, record: int) -> int:
    """The block of a record that waits for the end of a sequence, or did; 0 of one that never did."""
    return block_beside(mem, record + WAIT_KEY) if mem[record + KEY] & WAITS else 0


@kernel
def new_wait(mem: Any, record: int) -> int:
    """Makes that block; 0 when there is no room."""
    wait = new_block(mem, record + WAIT_KEY, WAIT_WORDS)
    if wait != 0:
        mem[record + KEY] |= WAITS
        mem[wait + CHAIN_AT] = NEVER
    return wait


@kernel
def barred_at(mem: Any, plan: Any, leaf: int, record: int) -> int:
    """The newest moment at which what the condition excludes happened."""
    if mem[record + KEY] & BARRED == 0:
        return NEVER
    rule = mem[record + KEY] & 0xFFFF
    return mem[block_beside(mem, record + BAR_KEY) + 1 + leaf - plan.rules[rule, R_LEAF]]


@kernel
def note_bar(mem: Any, plan: Any, leaf: int, record: int, at: int) -> None:
    """Remembers that it happened."""
    rule = mem[record + KEY] & 0xFFFF
    if mem[record + KEY] & BARRED == 0:
        leaves = plan.rules[rule, R_LEAVES]
        block = new_block(mem, record + BAR_KEY, 1 + leaves)
        if block == 0:
            return
        mem[record + KEY] |= BARRED
        mem[block + 1 : block + 1 + leaves] = NEVER
    word = block_beside(mem, record + BAR_KEY) + 1 + leaf - plan.rules[rule, R_LEAF]
    mem[word] = max(mem[word], at)
