"""Sessions of people: begun, in force or why not, ended. Terms come from `sign_in.sessions` in liuke.yaml.

The newest wins: who signs in at one place too many ends the session used longest ago. Refusing the new one instead
would let a machine left on in another office, or whoever stole a session, keep its owner out; so the owner learns of
it at the place that ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.contrib.sessions.models import Session
from django.db import transaction

from liuke.govern.audit import AuditRecord
from liuke.sign_in_settings import SessionSettings
from liuke.state.audit import append
from liuke.state.models import SignIn, User

STEP: Final = timedelta(minutes=1)
"""Activity is noted so often at most: reading shall not become a write for each request."""
KEPT: Final = timedelta(days=90)
"""Ended sessions stay so long, to tell an old browser why; who came when and from where is in the audit log."""


def begin(user: User, session_key: str, now: datetime, terms: SessionSettings, **facts: str) -> SignIn:
    """The session of a person who just got in. facts: address, agent, way. Ends the oldest beyond `terms.at_most`."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # of two at once neither overlooks the other
        SignIn.objects.filter(user=user, ended_at__lte=now - KEPT).delete()
        older = standing(user, now, terms)
        made = SignIn.objects.create(user=user, session_key=session_key, started_at=now, seen_at=now, **facts)
        if terms.at_most is not None:
            for row in older[terms.at_most - 1 :]:
                end(row, now, "elsewhere")
                _audit(now, user, "session_end", row, facts.get("address", ""))
    return made


def standing(user: User, now: datetime, terms: SessionSettings) -> list[SignIn]:
    """The sessions in force, the one used last first. Those past their time are ended on the way."""
    rows = list(SignIn.objects.filter(user=user, ended_at=None).order_by("-seen_at", "-pk"))
    for row in rows:
        if why := past(row, now, terms):
            end(row, now, why)
    return [row for row in rows if row.ended_at is None]


def past(row: SignIn, now: datetime, terms: SessionSettings) -> str:
    """Why the session is over: how it was ended, 'over' or 'idle'; '' while it is in force."""
    if row.ended_at is not None:
        return row.ended_by
    if now - row.started_at >= terms.longest:
        return "over"
    return "idle" if now - row.seen_at >= terms.idle else ""


def found(session_key: str | None) -> SignIn | None:
    """The session with this key; None when it was not begun here."""
    return SignIn.objects.select_related("user").filter(session_key=session_key).first() if session_key else None


def seen(row: SignIn, now: datetime) -> None:
    """The person did something."""
    if now - row.seen_at >= STEP:
        SignIn.objects.filter(pk=row.pk, ended_at=None).update(seen_at=now)


def end(row: SignIn, now: datetime, why: str) -> None:
    """Ends one session; its key opens nothing any more. One that ended before keeps its reason."""
    with transaction.atomic():
        SignIn.objects.filter(pk=row.pk, ended_at=None).update(ended_at=now, ended_by=why)
        row.refresh_from_db(fields=["ended_at", "ended_by"])
        Session.objects.filter(session_key=row.session_key).delete()


def end_all(rows: Iterable[SignIn], now: datetime, why: str) -> int:
    """Ends these; how many."""
    ended = list(rows)
    for row in ended:
        end(row, now, why)
    return len(ended)


def _audit(now: datetime, user: User, action: str, row: SignIn, address: str) -> None:
    data = {"why": row.ended_by, "from": row.address, "since": row.started_at.isoformat(timespec="minutes")}
    append(AuditRecord(now, user.username, user.role, action, "session", str(row.pk), "", address, data))
