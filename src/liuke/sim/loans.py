"""Applications for loans: the form, identity, documents, review, signing, payout, over days and channels."""

from __future__ import annotations

import numpy as np

from liuke.sim import pains
from liuke.sim.case_steps import (
    ALL,
    APP,
    APPOINTMENT,
    APPROVED,
    BRANCH,
    COMPLETED,
    DAY_S,
    DOCUMENTS,
    FORM,
    ID,
    IDENTITY,
    IN_REVIEW,
    NEEDS_MORE,
    OTHER,
    PAYOUT,
    PHONE,
    PURPOSE,
    PURPOSE_AGAIN,
    QUERY,
    REJECTED,
    REVIEW,
    SIGNING,
    SOME,
    STARTED,
    STATUS,
    STEP,
    SUBMITTED,
    WITHDRAWN,
)
from liuke.sim.draws import Bools, Floats, Stream
from liuke.sim.script import (
    TAKEN_BACK,
    TURNED_DOWN,
    Begun,
    Script,
    on_a_day,
    on_a_workday,
    skewed,
)

_FORM_S = np.array([420.0, 540.0, 480.0, 900.0, 780.0, 600.0])
_FORM_LEFT = np.array([0.24, 0.32, 0.3, 0.05, 0.16, 0.2])
"""By channel: median seconds in the form, share that never finishes it."""


def loan(begun: Begun) -> Script:
    """Everything that will happen with these applications."""
    s = Script(begun, PAYOUT)
    fill_in(s, _FORM_S, _FORM_LEFT)
    _identity(s)
    _documents(s)
    _review(s)
    tell_approval(s)
    _sign(s)
    return s


def fill_in(s: Script, median_s: Floats, left: Floats) -> None:
    """Begins each case and fills in its form. Half of those who leave have typed in something."""
    s.tell(STARTED, FORM)
    length = skewed(s.u(Stream.CASE_FORM), median_s[s.channel], 0.6, 7_200)
    u, leaves = s.u(Stream.CASE_FORM_LEFT), left[s.channel]
    s.tell_at(s.at + length // 2, s.channel, STEP, FORM, SOME, among=u < leaves / 2)
    s.leave(u < leaves, FORM)
    s.at += length
    s.tell(STEP, FORM, ALL)


def _identity(s: Script) -> None:
    """In the app at once, or at the branch some days later; weak branches send many away."""
    remote = (s.channel != BRANCH) & (s.channel != PHONE)
    s.at_branch = ~remote | (s.u(Stream.CASE_IDENTITY) < 0.55)
    u = s.u(Stream.CASE_IDENTITY_LEFT)
    lost = np.select(
        [~s.at_branch, s.begun.weak],
        [pains.LOST_AT_IDENTITY["app"], pains.LOST_AT_IDENTITY["weak_branch"]],
        pains.LOST_AT_IDENTITY["branch"],
    )
    s.tell_at(s.at + 40, APP, STEP, IDENTITY, among=~s.at_branch & (u < lost))
    later = s.at_branch & (s.channel != BRANCH)
    s.tell_at(s.at + 40, s.channel, STEP, IDENTITY, APPOINTMENT, among=later)
    days = 1 + skewed(s.u(Stream.CASE_IDENTITY_WHEN), 1.6 * DAY_S, 0.8, 20.0 * DAY_S) // DAY_S
    visit = on_a_day(s.at, days, s.u(Stream.CASE_IDENTITY_CLOCK), office=True)
    soon = s.at + skewed(s.u(Stream.CASE_IDENTITY_WHEN), 150.0, 0.5, 1_800)
    s.at = np.where(later, visit, soon)
    s.channel = np.where(s.at_branch, BRANCH, APP)
    s.tell(STEP, IDENTITY, among=s.at_branch & (u < lost) & (~later | (u < lost / 2)))
    s.leave(u < lost, IDENTITY)
    s.tell(STEP, IDENTITY, ID)


def _documents(s: Script) -> None:
    """Proofs at the same counter or in the app. Some counters have income and employer told once more."""
    u = s.u(Stream.CASE_DOCUMENTS)
    here = s.at_branch & (u < 0.6)
    wait = skewed(s.u(Stream.CASE_DOCUMENTS_WHEN), 0.5 * DAY_S, 1.1, 12.0 * DAY_S)
    days = np.maximum(1, wait // DAY_S)
    later = on_a_day(s.at, days, s.u(Stream.CASE_DOCUMENTS_CLOCK))
    s.at = np.where(here | (wait < DAY_S // 2), s.at + 300 + wait % 600, later)
    s.channel = np.where(here, BRANCH, APP)
    s.again = s.going & here & (s.begun.channel != BRANCH) & (s.begun.channel != PHONE)
    s.again &= s.u(Stream.CASE_AGAIN) < pains.ASKED_AGAIN
    s.tell(STEP, DOCUMENTS, np.where(s.again, PURPOSE_AGAIN, PURPOSE))
    s.leave(s.u(Stream.CASE_DOCUMENTS_LEFT) < 0.09, DOCUMENTS)
    s.at += skewed(u * 37 % 1.0, 600.0, 0.5, 3_600)
    s.tell(SUBMITTED, DOCUMENTS)


def _review(s: Script) -> None:
    """The bank looks into it: sometimes it wants more papers, sometimes it takes long; a fifth is turned down."""
    s.at += 200
    look_into(s)
    u = s.u(Stream.CASE_MORE)
    more = s.going & (u < 0.12)
    asked = on_a_workday(s.at, np.ones(len(s.at), np.int64), u / 0.12 % 1.0)
    s.tell_at(asked, OTHER, STATUS, REVIEW, among=more, status=NEEDS_MORE)
    s.tell_at(asked + 600 + (u * 8_000).astype(np.int64), APP, STATUS, REVIEW, among=more, status=NEEDS_MORE)
    brought = asked + 3_600 + skewed(s.u(Stream.CASE_MORE_WHEN), 1.2 * DAY_S, 0.7, 12.0 * DAY_S)
    s.tell_at(brought, APP, SUBMITTED, DOCUMENTS, among=more)
    s.at = np.where(more, brought + 900, s.at)
    look_into(s, among=more)
    _decide(s)


def look_into(s: Script, *, among: Bools | None = None) -> None:
    """The core system says that it is in review, and the app says so within a minute or so."""
    s.bank_tells(STATUS, REVIEW, among=among, status=IN_REVIEW)
    soon = s.at + 5 + (s.u(Stream.CASE_LAST) * 60).astype(np.int64)
    s.tell_at(soon, APP, STATUS, REVIEW, among=among, status=IN_REVIEW)


def _decide(s: Script) -> None:
    wait = skewed(s.u(Stream.CASE_REVIEW), 2.2 * DAY_S, 0.8, 25.0 * DAY_S)
    decided = on_a_workday(s.at, 1 + wait // DAY_S, s.u(Stream.CASE_REVIEW_CLOCK))
    slow = s.going & (decided - s.at > pains.SLOW_S)
    u = s.u(Stream.CASE_PATIENCE)
    place = np.where(u * 53 % 1.0 < 0.5, PHONE, APP)
    s.tell_at(s.at + pains.SLOW_S - 7_200, place, QUERY, REVIEW, among=slow & (u < pains.QUERIES))
    gives_up = slow & (u * 17 % 1.0 < pains.GIVES_UP)
    s.tell_at(s.at + pains.SLOW_S - 3_600, place, WITHDRAWN, REVIEW, among=gives_up)
    s.leave(gives_up, REVIEW, TAKEN_BACK)
    s.at = decided
    down = s.u(Stream.CASE_VERDICT) < 0.2
    s.bank_tells(REJECTED, REVIEW, among=down)
    s.leave(down, REVIEW, TURNED_DOWN)


def tell_approval(s: Script) -> None:
    """The core system approves now; the app says so later, or never. Leaves `at` where the customer knows."""
    s.bank_tells(STATUS, REVIEW, status=APPROVED)
    s.approved = s.going.copy()
    seen = s.approved & (s.u(Stream.CASE_TOLD) >= pains.NEVER_TOLD)
    lag = skewed(s.u(Stream.CASE_LAG), pains.TOLD_MEDIAN_S, pains.TOLD_SIGMA)
    s.lag = np.where(seen, lag, s.lag)
    s.tell_at(s.at + lag, APP, STATUS, REVIEW, among=seen, status=APPROVED)
    s.at = np.where(seen, s.at + lag, s.at)


def _sign(s: Script) -> None:
    """Who was told signs within a day or so; others must ask at the branch, and many never do."""
    u, told = s.u(Stream.CASE_SIGN), s.lag >= 0
    in_app = told & (u * 29 % 1.0 < 0.7)
    length = skewed(s.u(Stream.CASE_SIGN_WHEN), 9 * 3_600.0, 0.9, 10.0 * DAY_S)
    branch = on_a_day(s.at, np.where(told, 1, 4) + length // DAY_S, s.u(Stream.CASE_SIGN_WHEN) * 61 % 1.0, office=True)
    s.at, s.channel = np.where(in_app, s.at + length, branch), np.where(in_app, APP, BRANCH)
    s.leave(u < np.where(told, 0.05, 0.45), REVIEW)
    s.tell(STEP, SIGNING)
    s.leave(u > 0.96, SIGNING)
    s.at += skewed(s.u(Stream.CASE_LAST), 5 * 3_600.0, 0.6, 1.5 * DAY_S)
    s.bank_tells(COMPLETED, PAYOUT)
