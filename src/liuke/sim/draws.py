"""Uniform draws that are functions of (seed, customer, day, stream) and of nothing else.

A counter-based generator (the finaliser of SplitMix64, Steele, Lea and Flood 2014): no state passes from one draw
to the next, so what happens to one customer, or in one treatment arm, never moves the draws of another. That is
what makes counterfactual worlds comparable (common random numbers) and lets a sub-world of a few customers be
replayed alone.
"""

from __future__ import annotations

from enum import IntEnum, auto

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


class Stream(IntEnum):
    """What a draw is for. Values only need to differ."""

    ONSET = auto()
    CAUSE = auto()
    TYPE = auto()
    LENGTH = auto()
    FORM = auto()
    PERSUADE = auto()
    SELF_TURN = auto()
    TURN_WHEN = auto()
    CLOSE = auto()
    CLOSE_WHEN = auto()
    DEPTH = auto()
    RETURN_SHARE = auto()
    SPEND_1 = auto()
    SPEND_2 = auto()
    SPEND_3 = auto()
    SPEND_WHAT = auto()
    SPEND_AMOUNT = auto()
    SPEND_WHEN = auto()
    SPEND_CARD = auto()
    SPEND_WHO = auto()
    TRANSFER = auto()
    TRANSFER_AMOUNT = auto()
    TRANSFER_WHEN = auto()
    TRANSFER_WHO = auto()
    CASH = auto()
    CASH_AMOUNT = auto()
    CASH_WHEN = auto()
    INCOMING = auto()
    INCOMING_AMOUNT = auto()
    INCOMING_WHEN = auto()
    INCOMING_WHO = auto()
    SALARY = auto()
    BILL = auto()
    BILL_WHAT = auto()
    BUY = auto()
    BUY_WHAT = auto()
    BUY_WHEN = auto()
    DRAIN = auto()
    DRAIN_WHEN = auto()
    RETURN = auto()
    RETURN_AMOUNT = auto()
    LOGIN = auto()
    LOGIN_WHEN = auto()
    SEARCH = auto()
    SEARCH_WHAT = auto()
    VIEW = auto()
    VIEW_WHAT = auto()
    APPLY = auto()
    COMPLAIN = auto()
    COMPLAIN_WHAT = auto()
    COMPLAIN_WHEN = auto()
    COMPLAIN_CHANNEL = auto()
    RESOLVE = auto()
    CARE = auto()
    CARE_WHEN = auto()
    CARE_RESULT = auto()
    ORDER_DELAY = auto()
    ORDER_REACH = auto()
    ORDER_CHANNEL = auto()
    ORDER_WHEN = auto()
    ORDER_JUDGE = auto()
    ORDER_REFUSE = auto()
    LEAN = auto()
    TWO_BANKS = auto()
    OWN_TRANSFER = auto()
    OWN_INCOMING = auto()
    SERVICE = auto()
    SERVICE_LOAD = auto()
    SERVICE_WHEN = auto()
    SERVICE_WHAT = auto()
    SERVICE_WAIT = auto()
    SERVICE_LENGTH = auto()
    SERVICE_RESULT = auto()
    SERVICE_MARK = auto()
    SURVEY = auto()
    SURVEY_WHEN = auto()
    SURVEY_SCORE = auto()
    SURVEY_COMMENT = auto()
    CONSENT = auto()
    CONSENT_CHANGE = auto()
    CONSENT_WHEN = auto()
    HOME = auto()
    HOME_WHERE = auto()
    HOLD = auto()
    ASSESS = auto()
    CASE_BEGIN = auto()
    CASE_ELSEWHERE = auto()
    CASE_WHEN = auto()
    CASE_FORM = auto()
    CASE_FORM_LEFT = auto()
    CASE_IDENTITY = auto()
    CASE_IDENTITY_WHEN = auto()
    CASE_IDENTITY_CLOCK = auto()
    CASE_IDENTITY_LEFT = auto()
    CASE_DOCUMENTS = auto()
    CASE_DOCUMENTS_WHEN = auto()
    CASE_DOCUMENTS_CLOCK = auto()
    CASE_DOCUMENTS_LEFT = auto()
    CASE_AGAIN = auto()
    CASE_MORE = auto()
    CASE_MORE_WHEN = auto()
    CASE_REVIEW = auto()
    CASE_REVIEW_CLOCK = auto()
    CASE_PATIENCE = auto()
    CASE_VERDICT = auto()
    CASE_TOLD = auto()
    CASE_LAG = auto()
    CASE_SIGN = auto()
    CASE_SIGN_WHEN = auto()
    CASE_LAST = auto()
    PAY_TRY = auto()
    PAY_PACE = auto()
    PAY_VERIFY = auto()
    PAY_MORE = auto()


def _mix(x: Keys) -> Keys:
    """SplitMix64's finaliser, in place on a fresh array."""
    x ^= x >> _S30
    x *= _M1
    x ^= x >> _S27
    x *= _M2
    x ^= x >> _S31
    return x


def customer_keys(seed: int, index: Ints) -> Keys:
    """One 64-bit key per customer index, well mixed with the seed."""
    base = _scalar(seed * _GOLDEN + 0x632BE59BD9B4E019)
    return _mix(_mix(index.astype(np.uint64) + np.uint64(base)) + np.uint64(_scalar(base ^ 0xA5A5)))


def _scalar(x: int) -> int:
    x &= _MASK
    x = ((x ^ (x >> 30)) * int(_M1)) & _MASK
    x = ((x ^ (x >> 27)) * int(_M2)) & _MASK
    return x ^ (x >> 31)


def uniform(keys: Keys, day: int, stream: int) -> Floats:
    """One number in [0, 1) per key for this day and stream."""
    offset = np.uint64(_scalar((day * 1024 + stream) * _GOLDEN))
    draws: Floats = (_mix(keys + offset) >> _S11).astype(np.float64)
    return draws * 2.0**-53


def uniform_on(keys: Keys, days: Ints, stream: int) -> Floats:
    """Like `uniform`, with a day of its own per key (an order's day, an episode's first day)."""
    out = np.empty(len(keys))
    for day in np.unique(days):
        chosen = days == day
        out[chosen] = uniform(keys[chosen], int(day), stream)
    return out


def bell(u: Floats) -> Floats:
    """Standard normal values from uniforms: the logistic approximation, tails cut at about ±3.5 (fast, monotone)."""
    v = np.clip(u, 0.002, 0.998)
    z: Floats = np.log(v / (1.0 - v))
    return z / 1.702
