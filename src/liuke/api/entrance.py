"""Every question passes here: key, pace, scope, purpose, branch; and leaves an audit row before it is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from liuke.api.pacing import BUCKETS
from liuke.api.problem import Problem
from liuke.api.resident import Day, keeper
from liuke.govern.api_key import ApiKey, Ask
from liuke.state.actions.change_order import Who
from liuke.state.actions.record import record_api_read
from liuke.state.api_keys import find_key


class KeyAuth(HttpBearer):
    """`Authorization: Bearer lk_…`: the key in force that this is; Problem for any other."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey:
        """The key, after its pace."""
        now = timezone.now()
        key = find_key(token, now)
        if key is None:
            raise Problem("no_key")
        if why := key.out_of_force(now):
            raise Problem(why)
        if seconds := BUCKETS.wait(key, now):
            raise Problem("too_many", retry_after=seconds)
        return key


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that may be answered. person: the customer's row of Day.people. who: the key, now, from where."""

    day: Day
    person: dict[str, Any]
    purpose: str
    who: Who

    @property
    def customer_id(self) -> str:
        """The customer."""
        return str(self.person["customer_id"])


def asked(request: HttpRequest, ask: Ask, customer_id: str, purpose: str) -> Asked:
    """Lets the question in. A customer outside the key's branches is answered like one that does not exist."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    day = keeper().today()
    who = Who(day.scope(key), timezone.now(), str(request.META.get("REMOTE_ADDR", "")))
    if why := key.refusal(ask, purpose):
        record_api_read(who, ask, customer_id, purpose, refused=why)
        raise Problem(why)
    person = next(iter(day.people.of(customer_id)), None)
    if person is None or not who.scope.sees(
        branch_id=person["branch_id"], staff_id=person["staff_id"], customer_id=customer_id
    ):
        record_api_read(who, ask, customer_id, purpose, refused="unknown")
        raise Problem("unknown")
    record_api_read(who, ask, customer_id, purpose)
    return Asked(day, person, purpose, who)
