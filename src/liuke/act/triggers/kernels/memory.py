"""Room in the state's words: blocks taken and given back, tables that grow a part at a time, texts."""

from __future__ import annotations

from typing import Any

from liuke.act.triggers.kernels.compiled import kernel
from liuke.act.triggers.kernels.layout import (
    CUSTOMER_PARTS,
    CUSTOMER_TABLE,
    CUSTOMERS,
    FREE,
    FREE_TABLES,
    FULL,
    MOST_FREE,
    NAMES_USED,
    PARTS,
    TABLE_WORDS,
    USED,
)

_TAG = (1 << 28) - 1
_SALT = 0x5DEECE66D1CE4E5B


@kernel
def take(mem: Any, words: int) -> int:
    """The place of a zeroed block of so many words; 0 when there is no room left (FULL is then set)."""
    if words < MOST_FREE and mem[FREE + words] != 0:
        at = mem[FREE + words]
        mem[FREE + words] = mem[at]
        mem[at : at + words] = 0
        return at
    at = mem[USED]
    if at + words > mem.size:
        mem[FULL] = 1
        return 0
    mem[USED] = at + words
    return at


@kernel
def give_back(mem: Any, at: int, words: int) -> None:
    """Puts a block of less than MOST_FREE words where `take` finds it."""
    mem[at] = mem[FREE + words]
    mem[FREE + words] = at


@kernel
def copy(mem: Any, start: int, to: int, words: int) -> None:
    """Copies words to a place that does not overlap."""
    for i in range(words):
        mem[to + i] = mem[start + i]


@kernel
def take_table(mem: Any, power: int) -> int:
    """A zeroed table of 2^power words."""
    at = mem[FREE_TABLES + power]
    if at != 0:
        mem[FREE_TABLES + power] = mem[at]
        mem[at : at + (1 << power)] = 0
        return at
    return take(mem, 1 << power)


@kernel
def give_table_back(mem: Any, at: int, words: int) -> None:
    """Puts a table of a power of two words where `take_table` finds it; nothing when there is none."""
    if words > 0:
        power = power_of(words - 1)
        mem[at] = mem[FREE_TABLES + power]
        mem[FREE_TABLES + power] = at


@kernel
def power_of(mask: int) -> int:
    """The power of a table by its mask."""
    power = 0
    while (1 << power) < mask + 1:
        power += 1
    return power


@kernel
def mixed(x: int) -> int:
    """A number spread over all bits (the finaliser of splitmix64)."""
    x = (x ^ (x >> 30)) * -4658895280553007687
    x = (x ^ (x >> 27)) * -7723592293110705685
    return x ^ (x >> 31)


@kernel
def hashed(text: Any, start: int, end: int, seed: int) -> int:
    """A 64-bit hash of bytes."""
    h = mixed(seed ^ _SALT) ^ (end - start)  # mixed first: a seed and a short text must not make up for each other
    word, shift = 0, 0
    for i in range(start, end):
        word |= int(text[i]) << shift
        shift += 8
        if shift == 64:
            h = mixed(h ^ word)
            word, shift = 0, 0
    return mixed(h ^ word)


@kernel
def entry_of(payload: int, h: int) -> int:
    """What stands in a table: the payload (35 bits) and a tag of the hash, which also says where."""
    return (payload << 28) | (h & _TAG)


@kernel
def put(mem: Any, table: int, entry: int) -> None:
    """Adds an entry known to be absent; the table doubles when it is three quarters full."""
    length, mask = mem[table + 2], mem[table + 1]
    if mem[table] == 0 or 4 * (length + 1) > 3 * (mask + 1):
        grow(mem, table)
        mask = mem[table + 1]
    if mem[FULL] != 0:
        return
    base = mem[table]
    slot = (entry & _TAG) & mask
    while mem[base + slot] != 0:
        slot = (slot + 1) & mask
    mem[base + slot] = entry
    mem[table + 2] = length + 1


@kernel
def grow(mem: Any, table: int) -> None:
    """Doubles one table; its entries carry what is needed to place them anew."""
    old, old_size = mem[table], mem[table + 1] + 1
    power = 3 if old == 0 else power_of(mem[table + 1]) + 1
    base = take_table(mem, power)
    if base == 0:
        return
    mask = (1 << power) - 1
    if old != 0:
        for i in range(old_size):
            entry = mem[old + i]
            if entry != 0:
                slot = (entry & _TAG) & mask
                while mem[base + slot] != 0:
                    slot = (slot + 1) & mask
                mem[base + slot] = entry
        give_table_back(mem, old, old_size)
    mem[table], mem[table + 1] = base, mask


@kernel
def find_record(mem: Any, table: int, h: int, key: int, unflagged: int) -> int:
    """The record whose first word, flags aside, is the key; 0 when there is none."""
    base, mask = mem[table], mem[table + 1]
    if base == 0:
        return 0
    tag = h & _TAG
    slot = tag & mask
    while mem[base + slot] != 0:
        entry = mem[base + slot]
        if entry & _TAG == tag and mem[entry >> 28] & unflagged == key:
            return entry >> 28
        slot = (slot + 1) & mask
    return 0


@kernel
def has_entry(mem: Any, table: int, entry: int) -> bool:
    """Whether the very entry is in the table."""
    base, mask = mem[table], mem[table + 1]
    if base == 0:
        return False
    slot = (entry & _TAG) & mask
    while mem[base + slot] != 0:
        if mem[base + slot] == entry:
            return True
        slot = (slot + 1) & mask
    return False


@kernel
def store_text(into: Any, used: int, text: Any, start: int, end: int) -> int:
    """Writes a text of at most 255 bytes with its length at the place `used`; how far the store then reaches."""
    length = min(end - start, 255)
    into[used] = length
    for i in range(length):
        into[used + 1 + i] = text[start + i]
    return (used + length + 8) & ~7


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
    """The customer's number, a new one for a text not seen before."""
    end = min(end, start + 255)
    h = hashed(text, start, end, 7)
    table = CUSTOMER_PARTS + ((h >> 28) & (PARTS - 1)) * TABLE_WORDS
    base, mask = mem[table], mem[table + 1]
    tag = h & _TAG
    if base != 0:
        slot = tag & mask
        while mem[base + slot] != 0:
            entry = mem[base + slot]
            if entry & _TAG == tag:
                number = entry >> 28
                if same_text(names, mem[mem[CUSTOMER_TABLE] + number], text, start, end):
                    return number
            slot = (slot + 1) & mask
    return new_customer(mem, names, table, h, text[start:end])


@kernel
def new_customer(mem: Any, names: Any, table: int, h: int, text: Any) -> int:
    """Gives the customer the next number and keeps the text."""
    number = mem[CUSTOMERS] + 1
    capacity = mem[CUSTOMER_TABLE + 1]
    if number >= capacity:
        wider = max(1024, capacity * 2)
        at = take_table(mem, power_of(wider - 1))
        if at == 0:
            return 0
        copy(mem, mem[CUSTOMER_TABLE], at, capacity)
        give_table_back(mem, mem[CUSTOMER_TABLE], capacity)
        mem[CUSTOMER_TABLE], mem[CUSTOMER_TABLE + 1] = at, wider
    used = mem[NAMES_USED]
    if used + 264 > names.size:
        mem[FULL] = 1
        return 0
    mem[NAMES_USED] = store_text(names, used, text, 0, text.size)
    mem[CUSTOMERS] = number
    mem[mem[CUSTOMER_TABLE] + number] = used
    put(mem, table, entry_of(number, h))
    return number
