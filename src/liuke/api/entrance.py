"""Every question passes here: key, pace, scope, purpose, branch; and leaves an audit row before it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja.security import HttpBearer
from pydantic import BaseModel

from liuke.api.day import Day
from liuke.api.pacing import BUCKETS
from liuke.api.problem import Code, Problem
from liuke.api.resident import keeper
from liuke.govern.api_key import ApiKey, Ask
from liuke.govern.audit import Plain
from liuke.state.actions.change_order import Who
from liuke.state.actions.record import record_api_read
from liuke.state.api_keys import find_key, scope_of_key

SERVICE: Final = "service"
"""What steps of applications are for."""


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
    """A question that may be answered. person, switches: the customer's rows of Day.people and Day.switches (empty
    without any choice). who: the key, now, from where.
    """

    ask: Ask
    day: Day
    person: Mapping[str, Any]
    switches: Mapping[str, Any]
    purpose: str
    who: Who

    @property
    def customer_id(self) -> str:
        """The customer."""
        return str(self.person["customer_id"])

    def told(self, answer: BaseModel, **facts: Plain) -> HttpResponse:
        """The answer, once it stands in the audit log that it is given. facts: what of it an auditor must find."""
        record_api_read(self.who, self.ask, self.customer_id, {"purpose": self.purpose, **facts})
        return HttpResponse(answer.model_dump_json(), content_type="application/json")


def asked(request: HttpRequest, ask: Ask, customer_id: str, purpose: str) -> Asked:
    """Lets the question in. A customer outside the key's branches is answered like one that does not exist."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    day = keeper().today()
    who = Who(day.scope(key), timezone.now(), str(request.META.get("REMOTE_ADDR", "")))
    person = next(iter(day.people.of(customer_id)), None)
    why: Code | None = key.refusal(ask, purpose)
    if why is None and (person is None or not _within(who, person)):
        why = "unknown"
    if "\x00" in customer_id:  # no database keeps it in the log
        raise Problem("unknown")
    if why is not None or person is None:
        record_api_read(who, ask, customer_id, {"purpose": purpose, "refused": why or "unknown"})
        raise Problem(why or "unknown")
    switches = next(iter(day.switches.of(customer_id)), {})
    return Asked(ask, day, person, switches, purpose, who)


def let_in(request: HttpRequest, ask: Ask) -> Who:
    """Who asks about no customer by number, if the key may: for service. Problem, and an audit row, if not."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    who = Who(scope_of_key(key), timezone.now(), str(request.META.get("REMOTE_ADDR", "")))
    if why := key.refusal(ask, SERVICE):
        record_api_read(who, ask, "", {"purpose": SERVICE, "refused": why})
        raise Problem(why)
    return who


def _within(who: Who, person: dict[str, Any]) -> bool:
    return who.scope.sees(**{name: person[name] for name in ("branch_id", "staff_id", "customer_id")})
