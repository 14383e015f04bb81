"""Purchases of wealth products, funds and insurance: choice, risk assessment, order, mostly within an hour."""

from __future__ import annotations

import numpy as np

from liuke.sim.case_steps import AMOUNT, ANSWERS, BRANCH, CHOICE, COMPLETED, ORDER, RISK, STARTED, STEP, WITHDRAWN
from liuke.sim.draws import Stream
from liuke.sim.script import TAKEN_BACK, Begun, Script, on_a_day, skewed

_ASSESSED = 0.55
"""Share whose risk assessment still holds, so that they go on to the order at once."""


def purchase(begun: Begun) -> Script:
    """Everything that will happen with these purchases."""
    s = Script(begun, ORDER)
    _choose(s)
    _assess(s)
    _order(s)
    return s


def _choose(s: Script) -> None:
    s.tell(STARTED, CHOICE)
    u = s.u(Stream.CASE_FORM_LEFT)
    s.leave(u < 0.12, CHOICE)
    s.at += skewed(s.u(Stream.CASE_FORM), 240.0, 0.8, 3_600)
    s.tell(STEP, CHOICE)
    s.leave(u < 0.26, CHOICE)


def _assess(s: Script) -> None:
    """A long questionnaire: a quarter leaves it in the app, and a quarter of these comes to the branch for it."""
    needs = s.u(Stream.CASE_DOCUMENTS) >= _ASSESSED
    u = s.u(Stream.CASE_DOCUMENTS_LEFT)
    stuck = needs & (u < np.where(s.channel == BRANCH, 0.05, 0.27))
    comes = stuck & (s.u(Stream.CASE_MORE) < 0.25) & (s.channel != BRANCH)
    s.tell_at(s.at + 30, s.channel, STEP, RISK, among=stuck)
    s.leave(stuck & ~comes, RISK)
    days = 1 + (s.u(Stream.CASE_MORE_WHEN) ** 2 * 5).astype(np.int64)
    visit = on_a_day(s.at, days, s.u(Stream.CASE_DOCUMENTS_CLOCK), office=True)
    length = 60 + skewed(s.u(Stream.CASE_DOCUMENTS_WHEN), 300.0, 0.5, 2_400)
    s.at_branch = s.going & comes
    s.at = np.where(comes, visit, np.where(needs, s.at + length, s.at))
    s.channel = np.where(comes, BRANCH, s.channel)
    s.tell(STEP, RISK, ANSWERS, among=needs)


def _order(s: Script) -> None:
    u = s.u(Stream.CASE_SIGN)
    s.at += skewed(s.u(Stream.CASE_SIGN_WHEN), 120.0, 0.7, 1_800)
    s.tell(STEP, ORDER, AMOUNT)
    s.leave(u < 0.1, ORDER)
    s.at += skewed(s.u(Stream.CASE_LAST), 60.0, 0.7, 900)
    s.tell(WITHDRAWN, ORDER, among=u > 0.96)
    s.leave(u > 0.96, ORDER, TAKEN_BACK)
    s.bank_tells(COMPLETED, ORDER)
