"""An event as the reference evaluator sees it; the fast core reads the same fields from bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """occurred_at, received_at: microseconds since the epoch, UTC. customer_id: None while nobody knows who it was."""

    event_id: str
    name: str
    occurred_at: int
    received_at: int
    customer_id: str | None
    properties: Mapping[str, Any] = field(default_factory=dict)
    channel: str | None = None

    def value(self, name: str) -> Any:
        """A property as it came; `channel` is the event's own unless a property has that name."""
        return self.properties.get(name, self.channel if name == "channel" else None)
