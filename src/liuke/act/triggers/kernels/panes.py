"""The measures of a drop, a number for each pane: its lower half in the record, the upper beside where one is needed.

Hardly anybody does anything 256 times within a pane, so records are kept narrow.
"""

from __future__ import annotations

from typing import Any

from liuke.act.triggers.kernels.beside import block_beside, new_block
from liuke.act.triggers.kernels.layout import KEY, L_BITS, L_REFS, L_WORD, WIDE, WIDE_KEY
from liuke.engine.compiled import kernel


@kernel
def pane_value(mem: Any, plan: Any, leaf: int, record: int, slot: int) -> int:
    """The measure of a pane."""
    half = plan.leaves[leaf, L_BITS] >> 1
    value = part(mem, record + plan.leaves[leaf, L_WORD], slot, half)
    if mem[record + KEY] & WIDE:
        value |= part(mem, block_beside(mem, record + WIDE_KEY) + 1, slot, half) << half
    return value


@kernel
def set_pane(mem: Any, plan: Any, leaf: int, record: int, slot: int, value: int) -> None:
    """Writes a pane, at most the greatest number its bits hold."""
    half = plan.leaves[leaf, L_BITS] >> 1
    value = min(value, (1 << (2 * half)) - 1)
    set_part(mem, record + plan.leaves[leaf, L_WORD], slot, half, value & ((1 << half) - 1))
    if value >> half != 0 and mem[record + KEY] & WIDE == 0:
        if new_block(mem, record + WIDE_KEY, 1 + plan.leaves[leaf, L_REFS] - plan.leaves[leaf, L_WORD]) == 0:
            return
        mem[record + KEY] |= WIDE
    if mem[record + KEY] & WIDE:
        set_part(mem, block_beside(mem, record + WIDE_KEY) + 1, slot, half, value >> half)


@kernel
def part(mem: Any, word: int, slot: int, bits: int) -> int:
    """A number of so many bits; several stand in a word."""
    each = 64 // bits
    return (mem[word + slot // each] >> (bits * (slot % each))) & ((1 << bits) - 1)


@kernel
def set_part(mem: Any, word: int, slot: int, bits: int, value: int) -> None:
    """Writes a number that so many bits hold."""
    each = 64 // bits
    shift = bits * (slot % each)
    mem[word + slot // each] = (mem[word + slot // each] & ~(((1 << bits) - 1) << shift)) | (value << shift)
