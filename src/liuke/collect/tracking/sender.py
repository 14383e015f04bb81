"""Who sends: a project seen through one vendor's endpoint, and the desk that finds it by its key."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from datetime import tzinfo
from typing import Final

from liuke.collect.tracking.events_file import VENDORS, MappedEvent, Vendor
from liuke.collect.tracking.moments import Bounds
from liuke.collect.tracking.names import Names
from liuke.collect.tracking.problem import Problem
from liuke.collect.tracking.settings import CollectSettings, Limits, Project

_LINKS_KEPT: Final = 200_000


class Sender:
    """One project at one vendor's endpoint.

    linked: which customer an anonymous id was last linked to, so that a link is written once and not with every
    event. It is a memory of what was said, not of what is stored: when something said is not stored it is emptied.
    """

    def __init__(
        self, vendor: Vendor, project: Project, names: Names, limits: Limits, zone: tzinfo, secret: str = ""
    ) -> None:
        self.secret = secret
        self.vendor, self.project, self.names, self.zone = vendor, project, names, zone
        self.source = f"{vendor}:{project.name}"
        self.channel = project.channel
        self.bounds = Bounds(limits.early_minutes * 60_000_000, limits.old_days * 86_400_000_000)
        self.event_bytes = limits.event_kb << 10
        self.most_events = limits.events
        self.linked: dict[str, str | None] = {}
        self._customers = re.compile(project.customer_ids) if project.customer_ids else None

    def is_customer(self, user_id: str) -> bool:
        """Whether a user id is one of the bank's customer numbers."""
        return self._customers is None or self._customers.fullmatch(user_id) is not None

    def who(self, user_id: str | None, anonymous_id: str | None) -> tuple[str | None, str | None]:
        """Customer and anonymous id. A user id that is no customer number is a log-in: it stands for the anonymous id,
        and a link of type `login` leads from it to the customer.
        """
        if user_id is None or self._customers is None or self._customers.fullmatch(user_id):
            return user_id, anonymous_id
        return None, user_id

    def note_link(self, anonymous_id: str, customer: str | None) -> None:
        """Remembers what was said last."""
        if len(self.linked) >= _LINKS_KEPT:
            self.linked.clear()
        self.linked[anonymous_id] = customer


class Rate:
    """A bucket of `per_second` events that refills steadily; it may be emptied at once."""

    def __init__(self, per_second: int) -> None:
        self._per_second, self._left, self._at = per_second, float(per_second), time.monotonic()

    def spend(self, events: int) -> None:
        """Raises Problem slow_down when the bucket is empty. A large request may overdraw it once."""
        now = time.monotonic()
        self._left = min(self._per_second, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left <= 0:
            wait = max(1, round(-self._left / self._per_second + 0.5))
            raise Problem("slow_down", f"more than {self._per_second} events a second", retry_after=wait)
        self._left -= events


class Desk:
    """Finds the sender of a request. secret: see hashed.py."""

    def __init__(
        self, settings: CollectSettings, zone: tzinfo, events: Iterable[MappedEvent] = (), secret: str = ""
    ) -> None:
        self.settings, self.zone = settings, zone
        mapped = tuple(events)
        self._senders: dict[tuple[str, str], Sender] = {}
        for vendor in VENDORS:
            names = Names(vendor, mapped)
            for project in settings.projects:
                made = Sender(vendor, project, names, settings.limits, zone, secret)
                self._senders |= {(vendor, key): made for key in project.keys}
        self._rates = {p.name: Rate(p.events_per_second) for p in settings.projects if p.events_per_second}

    def sender(self, vendor: Vendor, key: str | None) -> Sender:
        """Who has that key. Raises Problem unknown_key."""
        found = self._senders.get((vendor, key)) if key else None
        if found is None:
            raise Problem("unknown_key", "no key was sent" if not key else "the key is not known here")
        return found

    def spend(self, sender: Sender, events: int) -> None:
        """Counts events against the project's limit. Raises Problem slow_down."""
        rate = self._rates.get(sender.project.name)
        if rate:
            rate.spend(events)

    def forget_links(self) -> None:
        """After a failed write: links are said again with the next event."""
        for sender in self._senders.values():
            sender.linked.clear()


__all__ = ["Desk", "Rate", "Sender"]
