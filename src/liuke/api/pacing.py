"""How many requests a key may make: a token bucket for each, in this process."""

from __future__ import annotations

import math
import threading
from datetime import datetime

from liuke.act.outbox.pace import Pace, PaceTerms, allowed
from liuke.govern.api_key import ApiKey


class Buckets:
    """One bucket for each key, as large as what the key may ask in a second. Several threads may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paces: dict[str, Pace] = {}

    def wait(self, key: ApiKey, now: datetime) -> int:
        """0 when the request may pass, and it is counted; else in how many whole seconds the next one may."""
        terms = PaceTerms(per_second=float(key.per_second), burst=key.per_second)
        with self._lock:
            pace = self._paces.get(key.key_id) or Pace(float(key.per_second), now)
            granted, self._paces[key.key_id] = allowed(pace, terms, 1, now)
            missing = 1 - self._paces[key.key_id].tokens
        return 0 if granted else max(1, math.ceil(missing / key.per_second))


BUCKETS = Buckets()
"""Those of this process."""
