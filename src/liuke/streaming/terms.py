"""Under what a bank home's matches are decided. Apart from `rules`, which is read where there is no state database."""

from __future__ import annotations

from liuke.streaming.deciding import Terms
from liuke.streaming.rules import Given
from liuke.wiring import House


def terms_of(house: House, given: Given) -> Terms:
    """What the files say, and the bank's calendar."""
    return Terms(given.rules.rules, given.policy, house.calendar, given.contact, given.routing, given.withheld)
