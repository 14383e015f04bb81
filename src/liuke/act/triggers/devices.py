"""Events without a customer become their device's owner's: each device is asked about once, then remembered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from liuke.act.triggers.kernels.owners import DEVICES, LONGEST_DEVICE, TEXTS, Owners, learn

_SLOTS: Final = 1 << 20
_BYTES: Final = 1 << 25
_MOST: Final = LONGEST_DEVICE + 256
"""Bytes of an entry at most."""
LONGEST_ID: Final = 200
"""Bytes; a customer id that is longer is none."""
NOBODY: Final = Owners(np.zeros(0, np.int64), np.zeros(1, np.uint8), np.zeros(2, np.int64))
"""For events whose device says nothing."""


class Devices:
    """Whose devices are. ask: the customer of a device's id (its first 500 bytes), None when it is nobody's.

    What `ask` answered is taken for true until `again` is called for the device.
    """

    def __init__(self, ask: Callable[[bytes], str | None]) -> None:
        self._ask = ask
        self.owners = _empty(_SLOTS, _BYTES)

    def make_room(self, devices: int, size: int) -> None:
        """For so many devices of `size` bytes together, at most; forgets all when there is not enough."""
        slots, need = 2 * (int(self.owners.used[DEVICES]) + devices), size + devices * (LONGEST_ID + 8)
        if slots <= self.owners.table.size and need + _MOST <= self.owners.texts.size - self.owners.used[TEXTS]:
            return
        power = max(_SLOTS, 1 << (4 * devices).bit_length())
        self.owners = _empty(power, max(_BYTES, 2 * need + _MOST))

    def again(self, device: str) -> None:
        """Asks once more whose it is: it has changed."""
        self.make_room(1, LONGEST_DEVICE)
        self.learn(device.encode())

    def learn(self, device: bytes) -> int:
        """Asks whose it is and remembers; the place of the answer in `owners`. There must be room."""
        key = device[:LONGEST_DEVICE]
        owner = (self._ask(key) or "").encode("utf-8", "surrogatepass")
        told = owner if len(owner) <= LONGEST_ID else b""
        return int(learn(self.owners, _bytes(key), _bytes(told)))

    def owner(self, device: object) -> str | None:
        """The customer of a device as it was written, without remembering."""
        return self._ask(device.encode()[:LONGEST_DEVICE]) if isinstance(device, str) and device else None


def _empty(slots: int, size: int) -> Owners:
    return Owners(np.zeros(slots, np.int64), np.zeros(size, np.uint8), np.array([8, 0], np.int64))


def _bytes(text: bytes) -> Any:
    return np.frombuffer(text or b"\0", np.uint8)[: len(text)]
