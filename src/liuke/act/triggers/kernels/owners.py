"""Whose device it is, as far as it was asked: a table of devices' ids and, behind each, the customer's.

A slot of the table holds where in the texts the entry stands: the device's length (2 bytes), its id, the customer's
length (1 byte; 0 for nobody's), the customer's id. The first 8 bytes are left free, so that no entry stands at 0.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from liuke.act.triggers.kernels.memory import hashed
from liuke.engine.compiled import entry, kernel

LONGEST_DEVICE: Final = 500
"""Bytes of a device's id that count."""
TEXTS, DEVICES = range(2)
_SEED = 11


class Owners(NamedTuple):
    """table: a power of two, or empty when devices mean nobody. used: bytes of texts, and devices."""

    table: Any
    texts: Any
    used: Any


@kernel
def owner_at(owners: Any, text: Any, start: int, end: int) -> int:
    """Where the length of the customer's id stands for a device; 0 when it was not asked yet."""
    at = slot_of(owners, text, start, end)
    place = owners.table[at]
    return 0 if place == 0 else place + 2 + device_length(owners, place)


@kernel
def slot_of(owners: Any, text: Any, start: int, end: int) -> int:
    """The slot of the device, or the free one where it would stand."""
    mask = owners.table.size - 1
    at = hashed(text, start, end, _SEED) & mask
    while owners.table[at] != 0 and not is_device(owners, owners.table[at], text, start, end):
        at = (at + 1) & mask
    return at


@kernel
def device_length(owners: Any, place: int) -> int:
    """Bytes of the device's id."""
    return int(owners.texts[place]) | (int(owners.texts[place + 1]) << 8)


@kernel
def is_device(owners: Any, place: int, text: Any, start: int, end: int) -> bool:
    """Whether the entry is of this device."""
    if device_length(owners, place) != end - start:
        return False
    for i in range(end - start):
        if owners.texts[place + 2 + i] != text[start + i]:
            return False
    return True


@entry
def learn(owners: Any, device: Any, customer: Any) -> int:
    """Writes whose the device is, in place of what was known; where the length of the customer's id stands."""
    at = slot_of(owners, device, 0, device.size)
    owners.used[DEVICES] += 1 if owners.table[at] == 0 else 0
    place = owners.used[TEXTS]
    owners.table[at] = place
    owners.texts[place], owners.texts[place + 1] = device.size & 255, device.size >> 8
    owner = place + 2 + device.size
    for i in range(device.size):
        owners.texts[place + 2 + i] = device[i]
    owners.texts[owner] = customer.size
    for i in range(customer.size):
        owners.texts[owner + 1 + i] = customer[i]
    owners.used[TEXTS] = owner + 1 + customer.size
    return owner
