"""Steps of applications and payments of a day as rows of the table event."""

from __future__ import annotations

from itertools import product
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from liuke.sim import case_steps, payments
from liuke.sim.bank import Bank
from liuke.sim.case_steps import DAY_S, Steps
from liuke.sim.columns import digits, moments, same, table
from liuke.sim.config import calendar_day
from liuke.sim.draws import Ints
from liuke.sim.pains import VERSIONS
from liuke.sim.payments import Paying
from liuke.tables import EVENT

_NAMES, _CHANNELS, _PAY_NAMES = pa.array(case_steps.NAMES), pa.array(case_steps.CHANNELS), pa.array(payments.NAMES)
_ONLINE: Final = pa.array(["A", "W", "X", None])
"""By row of CHANNELS how numbers of sessions begin: app, web, wechat; none elsewhere."""
_PREFIXES: Final = pa.array(["LN-", "AO-", "WP-"])
_SAID: Final = [
    pa.array([f'","{word}":"{value}' for value in values])
    for word, values in (
        ("journey", case_steps.JOURNEYS),
        ("stage", case_steps.STAGES),
        ("fields", case_steps.FIELDS),
        ("status", case_steps.STATUSES),
    )
]
_PAY_SAID: Final = pa.array(
    [
        f'{{"journey":"payment","app_version":"{version}"' + (f',"reason":"{reason}"}}' if reason else "}")
        for version, reason in product(VERSIONS, payments.REASONS)
    ]
)


def step_rows(bank: Bank, customers: pa.Array, taken: Steps, day: int, midnight: int) -> pa.Table:
    """The day's steps; customers: ids by position. day: ordinal; midnight: its beginning in UTC microseconds."""
    index, stamp = bank.customers.index[taken.who], _stamp(day)
    return table(
        EVENT,
        event_id=digits((stamp * 10_000_000 + index) * 100 + _numbered(taken.who, taken.at), "J"),
        customer_id=customers.take(pa.array(taken.who)),
        occurred_at=moments(midnight, taken.at - day * DAY_S),
        event_name=_NAMES.take(pa.array(taken.name)),
        channel=_CHANNELS.take(pa.array(taken.channel)),
        session_id=_sessions(stamp, index, taken.channel),
        properties=pc.binary_join_element_wise(
            '{"application":"',
            application_ids(bank, taken.who, taken.begun, taken.journey),
            *(
                words.take(pa.array(rows))
                for words, rows in zip(_SAID, (taken.journey, taken.stage, taken.fields, taken.status), strict=True)
            ),
            '"}',
            "",
        ),
    )


def payment_rows(bank: Bank, customers: pa.Array, paying: Paying, day: int, midnight: int) -> pa.Table:
    """The day's steps of payments."""
    index, stamp = bank.customers.index[paying.who], _stamp(day)
    said = paying.version * len(payments.REASONS) + paying.reason
    return table(
        EVENT,
        event_id=digits((stamp * 10_000_000 + index) * 100 + _numbered(paying.who, paying.second), "Y"),
        customer_id=customers.take(pa.array(paying.who)),
        occurred_at=moments(midnight, paying.second),
        event_name=_PAY_NAMES.take(pa.array(paying.name)),
        channel=same("app", len(paying)),
        session_id=_sessions(stamp, index, np.full(len(paying), case_steps.APP)),
        properties=_PAY_SAID.take(pa.array(said)),
    )


def application_ids(bank: Bank, who: Ints, begun: Ints, journey: Ints) -> pa.Array:
    """The bank's own numbers of applications, as LN-202606300000017: kind, first day, customer."""
    days, place = np.unique(begun, return_inverse=True)
    stamps = np.array([_stamp(int(day)) for day in days], np.int64)
    number = stamps[place] * 10_000_000 + bank.customers.index[who] if len(who) else who
    return pc.binary_join_element_wise(_PREFIXES.take(pa.array(journey)), digits(number), "")


def _stamp(day: int) -> int:
    return int(calendar_day(day).strftime("%Y%m%d"))


def _sessions(stamp: int, index: Ints, channel: Ints) -> pa.Array:
    """The day's one session of each customer and online channel; that of the app as `facts.events` numbers it."""
    prefix = _ONLINE.take(pa.array(np.minimum(channel, len(_ONLINE) - 1)))
    return pc.binary_join_element_wise(prefix, digits(stamp * 10_000_000 + index), "")


def _numbered(who: Ints, at: Ints) -> Ints:
    """0, 1, … for the rows of each customer, in order of time."""
    order = np.lexsort((at, who))
    ranked = who[order]
    new = np.concatenate([np.ones(min(1, len(who)), bool), ranked[1:] != ranked[:-1]])
    first = np.flatnonzero(new)
    number = np.empty(len(who), np.int64)
    number[order] = np.arange(len(who)) - np.repeat(first, np.diff(np.append(first, len(who))))
    return number
