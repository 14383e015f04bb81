"""`policies/contact.yaml`: when, how often and whom the bank may approach, over all channels and campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from liuke.act.offers.offer_file import CHANNELS, Channel
from liuke.clock import WorkCalendar
from liuke.errors import Wrong, guess
from liuke.insight.content_hash import content_hash
from liuke.tables import CONSENT_PURPOSES
from liuke.yaml_file import Document, load_yaml

EARLIEST, LATEST = time(8), time(21)
"""Nobody is approached before or after, whatever a bank writes (ours; carriers take marketing messages 8 to 22)."""
MOST_CONTACTS: Final = 10
"""The largest number a cap may allow: so many contacts are looked at per customer."""
LONGEST_DAYS: Final = 90
YOUNGEST: Final = 14
"""Under-14s need their guardian's consent (PIPL art. 31): never approached."""
HoldKind = Literal["deceased", "minor", "dispute", "fraud"]
ALL_HOLDS: Final[tuple[HoldKind, ...]] = ("deceased", "minor", "dispute", "fraud")


class Window(Document):
    """Hours of a day in which marketing may reach a customer, bank-local: opens ≤ time < closes."""

    opens: time = time(9)
    closes: time = time(20)
    workdays_only: bool = True

    @model_validator(mode="after")
    def _within_bounds(self) -> Self:
        if not EARLIEST <= self.opens < self.closes <= LATEST:
            raise Wrong("window_bounds", "a window opens before it closes, between {earliest} and {latest}",
                        earliest=f"{EARLIEST:%H:%M}", latest=f"{LATEST:%H:%M}")  # fmt: skip
        return self

    def opens_at(self, calendar: WorkCalendar, at: datetime) -> datetime:
        """The first moment (UTC) not before `at` (aware) in the window."""
        local = at.astimezone(calendar.zone)
        day = local.date()
        while True:
            opens = max(local, datetime.combine(day, self.opens, calendar.zone))
            open_today = calendar.is_workday(day) or not self.workdays_only
            if open_today and opens < datetime.combine(day, self.closes, calendar.zone):
                return opens.astimezone(UTC)
            day += timedelta(days=1)


class Cap(Document):
    """At most so many marketing contacts in so many days, the day of the next contact included."""

    contacts: int = Field(ge=0, le=MOST_CONTACTS)
    days: int = Field(ge=1, le=LONGEST_DAYS)


class ContactPolicy(Document):
    """The rules of contact. A missing file means these defaults, which are ours (CONVENTIONS of the project), not law.

    window: for every channel that has none in `windows`. caps: over all channels and campaigns. refusal_cool_down_days:
    no marketing at all so long after a refusal; the channel itself stays blocked without end. complaint_quiet_days: no
    marketing while a complaint is open and so long after the last one. holds, service_holds: kinds that stop marketing,
    and service. minimum_age_years: younger customers are never approached; an unknown age passes. consent_valid_days: a
    consent older is no consent (null: consents do not age). consent_versions: by purpose, versions of the text that
    still count; others ask anew. suitability_valid_days: how long a risk assessment counts.
    """

    window: Window = Window()
    windows: dict[Channel, Window] = Field(default_factory=dict)
    caps: tuple[Cap, ...] = (Cap(contacts=1, days=1), Cap(contacts=2, days=7), Cap(contacts=4, days=30))
    refusal_cool_down_days: int = Field(30, ge=0, le=3660)
    complaint_quiet_days: int = Field(30, ge=0, le=3660)
    holds: tuple[HoldKind, ...] = ALL_HOLDS
    service_holds: tuple[HoldKind, ...] = ALL_HOLDS
    minimum_age_years: int = Field(18, ge=YOUNGEST, le=120)
    consent_valid_days: int | None = Field(None, ge=1, le=36600)
    consent_versions: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    suitability_valid_days: int = Field(365, ge=1, le=3660)

    @field_validator("consent_versions")
    @classmethod
    def _known_purposes(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for name in value:
            if name not in CONSENT_PURPOSES:
                raise Wrong("no_purpose", "no purpose of consent is called '{name}'; {hint}", name=name,
                            **guess(name, CONSENT_PURPOSES))  # fmt: skip
        return value

    @field_validator("caps")
    @classmethod
    def _one_cap_a_span(cls, value: tuple[Cap, ...]) -> tuple[Cap, ...]:
        spans = [cap.days for cap in value]
        for days in spans:
            if spans.count(days) > 1:
                raise Wrong("two_caps", "there are two caps for {days} days", days=days)
        return value

    @property
    def version(self) -> str:
        """Equal exactly when the content is equal."""
        return content_hash(self.model_dump(mode="json"))

    def window_of(self, channel: Channel) -> Window:
        """The channel's own window, or the common one."""
        return self.windows.get(channel, self.window)


@dataclass(frozen=True, slots=True)
class Planned:
    """When a contact would take place. day: bank-local. opens: by channel that is closed then, the day it opens."""

    day: date
    opens: Mapping[Channel, date]

    @property
    def closed(self) -> tuple[Channel, ...]:
        """Channels that are closed."""
        return tuple(self.opens)


def planned_at(policy: ContactPolicy, calendar: WorkCalendar, at: datetime) -> Planned:
    """A contact at this very moment (aware)."""
    opens = {channel: policy.window_of(channel).opens_at(calendar, at) for channel in CHANNELS}
    zone = calendar.zone
    return Planned(
        at.astimezone(zone).date(), {c: o.astimezone(zone).date() for c, o in opens.items() if o > at.astimezone(UTC)}
    )


def read_contact_policy(path: Path) -> ContactPolicy:
    """The policy at `path`, or the defaults when there is no such file."""
    return load_yaml(path, ContactPolicy) if path.is_file() else ContactPolicy()
