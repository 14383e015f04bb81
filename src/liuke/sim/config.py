"""What to simulate: how many customers, which months, which seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from liuke.errors import YourMistake

EPOCH = date(1970, 1, 1)
DAYS_PER_MONTH = 30.4375


def ordinal(day: date) -> int:
    """Days since 1970-01-01, the unit of every day inside the simulation (Arrow's date32)."""
    return (day - EPOCH).days


def calendar_day(number: int) -> date:
    """The date of an ordinal day."""
    return EPOCH + timedelta(days=int(number))


@dataclass(frozen=True, slots=True)
class SimConfig:
    """One synthetic bank. The same value gives the same bank, bit for bit.

    customers: how many exist in the whole story; about one in nine joins during it. end: last day of the story
    (bank-local). months: length of the story, calendar months approximated by 30.4375 days. The hazard of leaving
    triples in the last four months: competitors outbid the bank's deposit rates from then on.
    """

    customers: int
    end: date
    months: int = 18
    seed: int = 1
    zone: str = "Asia/Shanghai"

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("customers", self.customers, 1, 9_999_999),
            ("months", self.months, 1, 120),
            ("seed", self.seed, 0, 2**63 - 1),
        ):
            if not low <= value <= high:
                raise YourMistake(
                    f"{name} is {value}", expected=f"{low} to {high}", then=f"give another number for {name}"
                )

    @property
    def start(self) -> date:
        """First day of the story."""
        return self.end - timedelta(days=round(self.months * DAYS_PER_MONTH) - 1)

    def midnight_us(self, number: int) -> int:
        """UTC microseconds of the bank-local midnight that begins ordinal day `number`."""
        local = datetime.combine(calendar_day(number), time(), ZoneInfo(self.zone))
        return int((local.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000
