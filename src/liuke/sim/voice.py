"""Service contacts, survey answers, consents and holds of a day as Arrow tables of their contracts."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from liuke.sim import opinions, serving, words
from liuke.sim.bank import Bank
from liuke.sim.choices import PURPOSES
from liuke.sim.columns import dates, digits, moments, pick, same, table
from liuke.sim.consents import VERSIONS, Choices
from liuke.sim.draws import Ints
from liuke.sim.holds import KINDS, Held
from liuke.sim.opinions import Answers
from liuke.sim.seasons import Day
from liuke.sim.serving import Served
from liuke.tables import CONSENT, HOLD, INTERACTION, SURVEY_RESPONSE

_KINDS, _CHANNELS, _RESULTS = pa.array(serving.KINDS), pa.array(serving.CHANNELS), pa.array(serving.RESULTS)
_TOPICS, _COMMENTS = pa.array(words.TOPICS), pa.array(words.COMMENTS)
_SURVEYS, _SURVEY_CHANNELS = pa.array(opinions.SURVEYS), pa.array(opinions.CHANNELS)
_PURPOSES, _VERSIONS = pa.array(PURPOSES), pa.array(VERSIONS)


def interactions(bank: Bank, customers: pa.Array, staff: pa.Array, s: Served, day: date, midnight: int) -> pa.Table:
    """The day's service contacts; customers, staff: ids by position and row."""
    return table(
        INTERACTION,
        interaction_id=digits(_stamped(bank, s.who, day), "V"),
        customer_id=customers.take(pa.array(s.who)),
        occurred_at=moments(midnight, s.second),
        channel=_CHANNELS.take(pa.array(s.kind)),
        kind=_KINDS.take(pa.array(s.kind)),
        topic=_TOPICS.take(pa.array(s.topic)),
        wait_seconds=pa.array(s.wait),
        handle_seconds=pa.array(s.handled, mask=s.handled < 0),
        staff_id=pick(staff, s.staff),
        result=_RESULTS.take(pa.array(s.result)),
        satisfaction=pa.array(s.mark, mask=s.mark < 0),
    )


def survey_responses(bank: Bank, customers: pa.Array, a: Answers, day: date, midnight: int) -> pa.Table:
    """The day's answers."""
    return table(
        SURVEY_RESPONSE,
        response_id=digits(_stamped(bank, a.who, day), "N"),
        customer_id=customers.take(pa.array(a.who)),
        occurred_at=moments(midnight, a.second),
        survey=_SURVEYS.take(pa.array(a.survey)),
        score=pa.array(a.score.astype(np.float64)),
        comment=pick(_COMMENTS, a.comment),
        channel=_SURVEY_CHANNELS.take(pa.array(a.channel)),
    )


def consents(bank: Bank, customers: pa.Array, c: Choices, midnights: Ints) -> pa.Table:
    """Choices as rows; midnights: UTC microseconds at which each row's day begins."""
    return table(
        CONSENT,
        consent_id=digits((c.day * 10_000_000 + bank.customers.index[c.who]) * 10 + c.purpose, "Z"),
        customer_id=customers.take(pa.array(c.who)),
        purpose=_PURPOSES.take(pa.array(c.purpose)),
        channel=same("all", len(c.who)),
        granted=pa.array(c.granted),
        version=_VERSIONS.take(pa.array(c.version())),
        effective_at=moments(midnights, c.second),
    )


def holds(bank: Bank, customers: pa.Array, h: Held, day: Day) -> pa.Table:
    """Holds that begin on the day."""
    return table(
        HOLD,
        hold_id=digits(_stamped(bank, h.who, day.date), "D"),
        customer_id=customers.take(pa.array(h.who)),
        kind=pa.array(KINDS).take(pa.array(h.kind)),
        since=dates(np.full(len(h.who), day.number)),
        until=dates(h.until, missing=h.until < 0),
    )


def _stamped(bank: Bank, who: Ints, day: date) -> Ints:
    """A number per customer and day."""
    return int(day.strftime("%Y%m%d")) * 10_000_000 + bank.customers.index[who]
