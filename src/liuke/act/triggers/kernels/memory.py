"""Room in the state's words: blocks taken and given back, tables that grow a part at a time, texts."""

from __future__ import annotations

from typing import Any, Final

from liuke.act.triggers.kernels.layout import (
    CUSTOMER_PARTS,
    CUSTOMERS,
    FREE,
    FULL,
    MOST_FREE,
    NAMES_USED,
    PARTS,
    REGIONS,
    SPARE,
    SPARE_END,
    TABLE_WORDS,
    USED,
)
from liuke.act.triggers.kernels.vectors import eight_bytes
from liuke.engine.compiled import kernel, wrapped_product

_TAG_BITS = 28
_TAG = (1 << _TAG_BITS) - 1
REGION_POWERS = 64
DENSE: Final = 15
"""Sixteenths: of tables in which most is found."""
SPARSE: Final = 13
"""Of those in which most is not."""
_SALT = 0x5DEECE66D1CE4E5B


@kernel
def take(mem: Any, words: int) -> int:
    """The place of a zeroed block of so many words; 0 when there is no room left (FULL is then set)."""
    at = 0
    if words < MOST_FREE:
        at = mem[FREE + words]
        if at != 0:
            mem[FREE + words] = mem[at]
        else:
            at = cut(mem, words)
    if at != 0:
        mem[at : at + words] = 0
        return at
    at = mem[USED]
    if at + words > mem.size:
        mem[FULL] = 1
        return 0
    mem[USED] = at + words
    return at


@kernel
def cut(mem: Any, words: int) -> int:
    """A block from the region in use, else from the smallest given back that is large enough; 0 when there is none."""
    if mem[SPARE] + words > mem[SPARE_END]:
        power = power_of(words)
        while power < REGION_POWERS and mem[REGIONS + power] == 0:
            power += 1
        if power == REGION_POWERS:
            return 0
        left = mem[SPARE_END] - mem[SPARE]
        if left > 0:
            give_back(mem, mem[SPARE], left)
        at = mem[REGIONS + power]
        mem[REGIONS + power] = mem[at]
        mem[SPARE], mem[SPARE_END] = at, at + mem[at + 1]
    mem[SPARE] += words
    return mem[SPARE] - words


@kernel
def give_back(mem: Any, at: int, words: int) -> None:
    """Puts a block of less than MOST_FREE words where `take` finds it."""
    mem[at] = mem[FREE + words]
    mem[FREE + words] = at


@kernel
def give_up(mem: Any, at: int, words: int) -> None:
    """Leaves a table that became too small, of at least two words, for blocks to be cut from."""
    if words > 1:
        power = power_of(words + 1) - 1
        mem[at], mem[at + 1] = mem[REGIONS + power], words
        mem[REGIONS + power] = at


@kernel
def copy(mem: Any, start: int, to: int, words: int) -> None:
    """Copies words to a place that does not overlap."""
    for i in range(words):
        mem[to + i] = mem[start + i]


@kernel
def power_of(words: int) -> int:
    """The smallest power of two that is not below so many words."""
    power = 0
    while (1 << power) < words:
        power += 1
    return power


@kernel
def mixed(x: int) -> int:
    """A number spread over all bits (the finaliser of splitmix64)."""
    x = wrapped_product(x ^ (x >> 30), -4658895280553007687)
    x = wrapped_product(x ^ (x >> 27), -7723592293110705685)
    return x ^ (x >> 31)


@kernel
def hashed(text: Any, start: int, end: int, seed: int) -> int:
    """A 64-bit hash of bytes."""
    h = mixed(seed ^ _SALT) ^ (end - start)  # mixed first: a seed and a short text must not make up for each other
    while end - start >= 8:
        h = mixed(h ^ eight_bytes(text, start))
        start += 8
    word, shift = 0, 0
    for i in range(start, end):
        word |= int(text[i]) << shift
        shift += 8
    return mixed(h ^ word)


@kernel
def entry_of(payload: int, h: int) -> int:
    """What stands in a table: the payload (35 bits) and a tag of the hash, which also says where."""
    return (payload << _TAG_BITS) | (h & _TAG)


@kernel
def slot_of(tag: int, size: int) -> int:
    """Where an entry of the tag is looked for first in a table of any size."""
    return (tag * size) >> _TAG_BITS


@kernel
def put(mem: Any, table: int, entry: int, most: int) -> None:
    """Adds an entry known to be absent; a table of which more than `most` sixteenths would be full grows by half."""
    length, size = mem[table + 2], mem[table + 1]
    if 16 * (length + 1) > most * size:
        grow(mem, table)
        size = mem[table + 1]
    if mem[FULL] != 0:
        return
    place(mem, mem[table], size, entry)
    mem[table + 2] = length + 1


@kernel
def place(mem: Any, base: int, size: int, entry: int) -> None:
    """Writes an entry at the first free slot from its own on."""
    slot = slot_of(entry & _TAG, size)
    while mem[base + slot] != 0:
        slot += 1
        slot = 0 if slot == size else slot
    mem[base + slot] = entry


@kernel
def grow(mem: Any, table: int) -> None:
    """Makes one table larger; its entries carry what is needed to place them anew.

    They begin with different sizes, so that not all tables are large for their entries at the same time.
    """
    old, old_size = mem[table], mem[table + 1]
    size = old_size + (old_size >> 1) if old_size > 0 else 8 + ((table // TABLE_WORDS) & 3)
    base = take(mem, size)
    if base == 0:
        return
    for i in range(old_size):
        if mem[old + i] != 0:
            place(mem, base, size, mem[old + i])
    give_up(mem, old, old_size)
    mem[table], mem[table + 1] = base, size


@kernel
def find_record(mem: Any, table: int, h: int, key: int, unflagged: int) -> int:
    """The record whose first word, flags aside, is the key; 0 when there is none."""
    base, size = mem[table], mem[table + 1]
    if size == 0:
        return 0
    tag = h & _TAG
    slot = slot_of(tag, size)
    while mem[base + slot] != 0:
        entry = mem[base + slot]
        if entry & _TAG == tag and mem[entry >> _TAG_BITS] & unflagged == key:
            return entry >> _TAG_BITS
        slot += 1
        slot = 0 if slot == size else slot
    return 0


@kernel
def has_entry(mem: Any, table: int, entry: int) -> bool:
    """Whether the very entry is in the table."""
    base, size = mem[table], mem[table + 1]
    if size == 0:
        return False
    slot = slot_of(entry & _TAG, size)
    while mem[base + slot] != 0:
        if mem[base + slot] == entry:
            return True
        slot += 1
        slot = 0 if slot == size else slot
    return False


@kernel
def store_text(into: Any, used: int, text: Any, start: int, end: int) -> int:
    """Writes a text of at most 255 bytes behind its length at the place `used`; how far the store then reaches."""
    length = min(end - start, 255)
    into[used] = length
    for i in range(length):
        into[used + 1 + i] = text[start + i]
    return used + 1 + length


@kernel
def same_text(store: Any, at: int, text: Any, start: int, end: int) -> bool:
    """Whether the stored text is this one."""
    length = end - start
    if store[at] != length:
        return False
    for i in range(length):
        if store[at + 1 + i] != text[start + i]:
            return False
    return True


@kernel
def customer_of(mem: Any, names: Any, text: Any, start: int, end: int) -> int:
    """Where the customer's id stands; written for a text not seen before."""
    end = min(end, start + 255)
    h = hashed(text, start, end, 7)
    table = CUSTOMER_PARTS + ((h >> _TAG_BITS) & (PARTS - 1)) * TABLE_WORDS
    base, size = mem[table], mem[table + 1]
    tag = h & _TAG
    if size != 0:
        slot = slot_of(tag, size)
        while mem[base + slot] != 0:
            entry = mem[base + slot]
            if entry & _TAG == tag and same_text(names, entry >> _TAG_BITS, text, start, end):
                return entry >> _TAG_BITS
            slot += 1
            slot = 0 if slot == size else slot
    return new_customer(mem, names, table, h, text[start:end])


@kernel
def new_customer(mem: Any, names: Any, table: int, h: int, text: Any) -> int:
    """Keeps the text; its place."""
    used = mem[NAMES_USED]
    if used + 264 > names.size:
        mem[FULL] = 1
        return 0
    mem[NAMES_USED] = store_text(names, used, text, 0, text.size)
    mem[CUSTOMERS] += 1
    put(mem, table, entry_of(used, h), DENSE)
    return used
