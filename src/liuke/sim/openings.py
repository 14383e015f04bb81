"""Applications for one more account: the form, identity, a short review, activation."""

from __future__ import annotations

import numpy as np

from liuke.sim import pains
from liuke.sim.case_steps import (
    ACTIVATION,
    APP,
    APPOINTMENT,
    BRANCH,
    COMPLETED,
    DAY_S,
    ID,
    ID_AGAIN,
    IDENTITY,
    REJECTED,
    REVIEW,
    STEP,
    SUBMITTED,
)
from liuke.sim.draws import Stream
from liuke.sim.loans import fill_in, look_into, tell_approval
from liuke.sim.script import TURNED_DOWN, Begun, Script, on_a_day, skewed

_FORM_S = np.array([260.0, 300.0, 280.0, 600.0, 500.0, 400.0])
_FORM_LEFT = np.array([0.18, 0.24, 0.26, 0.04, 0.1, 0.2])
"""By channel: median seconds in the form, share that never finishes it."""


def opening(begun: Begun) -> Script:
    """Everything that will happen with these applications."""
    s = Script(begun, ACTIVATION)
    fill_in(s, _FORM_S, _FORM_LEFT)
    _identity(s)
    _review(s)
    tell_approval(s)
    _activate(s)
    return s


def _identity(s: Script) -> None:
    """Most show their face in the app; others go to the branch, where some are asked for the form's answers again."""
    s.at_branch = (s.channel == BRANCH) | (s.u(Stream.CASE_IDENTITY) < 0.35)
    later = s.at_branch & (s.channel != BRANCH)
    lost = s.u(Stream.CASE_IDENTITY_LEFT) < np.where(later, 0.16, 0.07)
    s.tell_at(s.at + 30, s.channel, STEP, IDENTITY, APPOINTMENT, among=later)
    s.tell_at(s.at + 30, s.channel, STEP, IDENTITY, among=~later & lost)
    s.leave(lost, IDENTITY)
    days = 1 + skewed(s.u(Stream.CASE_IDENTITY_WHEN), 1.2 * DAY_S, 0.8, 15.0 * DAY_S) // DAY_S
    visit = on_a_day(s.at, days, s.u(Stream.CASE_IDENTITY_CLOCK), office=True)
    s.at = np.where(later, visit, s.at + skewed(s.u(Stream.CASE_IDENTITY_WHEN), 90.0, 0.5, 900))
    s.channel = np.where(s.at_branch, BRANCH, np.where(s.channel == BRANCH, APP, s.channel))
    s.again = s.going & later & (s.u(Stream.CASE_AGAIN) < pains.ASKED_AGAIN)
    s.tell(STEP, IDENTITY, np.where(s.again, ID_AGAIN, ID))
    s.at += 60 + skewed(s.u(Stream.CASE_DOCUMENTS), 60.0, 0.5, 600)
    s.tell(SUBMITTED, IDENTITY)


def _review(s: Script) -> None:
    s.at += 20
    look_into(s)
    s.at += skewed(s.u(Stream.CASE_REVIEW), 2.5 * 3_600, 1.0, 5.0 * DAY_S)
    down = s.u(Stream.CASE_VERDICT) < 0.05
    s.bank_tells(REJECTED, REVIEW, among=down)
    s.leave(down, REVIEW, TURNED_DOWN)


def _activate(s: Script) -> None:
    """Who was told of it activates in the app; who was not must find out."""
    u, told = s.u(Stream.CASE_SIGN), s.lag >= 0
    s.leave(u < np.where(told, 0.08, 0.35), REVIEW)
    length = skewed(s.u(Stream.CASE_SIGN_WHEN), np.where(told, 5 * 3_600.0, 3.0 * DAY_S), 0.9, 12.0 * DAY_S)
    s.at, s.channel = s.at + length, np.full(len(s.at), APP)
    s.tell(STEP, ACTIVATION)
    s.leave(u > 0.97, ACTIVATION)
    s.at += 90
    s.bank_tells(COMPLETED, ACTIVATION)
