"""The operations about applications: issue a code, look up by it, record a step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import BaseModel

from liuke.act.progress.application import Ended, Step
from liuke.act.progress.code import shown
from liuke.act.progress.guessing import SYSTEM, GuessTerms, from_address
from liuke.act.progress.progress_policy import ProgressPolicy, read_progress_policy
from liuke.api.applications import ApplicationAnswer, CodeBody, IssueBody, IssuedAnswer, StepBody, answer_of
from liuke.api.entrance import SERVICE, asked, let_in
from liuke.api.problem import Problem
from liuke.api.resident import keeper
from liuke.errors import YourMistake
from liuke.govern.access import Permission
from liuke.state.actions.change_order import Stale, Who
from liuke.state.actions.issue_progress_code import CodeWish, Holder, issue_progress_code
from liuke.state.actions.look_up_code import NoSuchCode, NotACode, look_up_code
from liuke.state.actions.record_step import record_step
from liuke.state.guessing import TooManyTries
from liuke.state.models import Application

_KEYED: Final[Permission] = "see_customers"
"""What a key's scope stands for: whether it may issue, read or continue is said by the key itself."""

router = Router(tags=["applications"])


@router.post("", response={201: IssuedAnswer}, operation_id="application_issue")
def issue(request: HttpRequest, body: IssueBody) -> HttpResponse:
    """签发进度码: a code for an application of a customer the key may see; one issued before is void."""
    question = asked(request, "application_issue", body.customer_id, SERVICE)
    person = question.person
    holder = Holder(
        question.customer_id, person["name"], person["phone"], person["branch_id"] or "", person["staff_id"]
    )
    wish = CodeWish(body.journey, body.channel, body.application, body.stage)
    with _told():
        made = issue_progress_code(question.who, holder, wish, _policy(), _key(), need=_KEYED)
    answer = IssuedAnswer(
        application=made.application.application_id, code=made.code, shown=shown(made.code),
        expires_at=made.expires_at, renewed=made.renewed,
    )  # fmt: skip
    return _answer(answer, status=201)


@router.post("/look-up", response=ApplicationAnswer, operation_id="application_read")
def look_up(request: HttpRequest, body: CodeBody) -> HttpResponse:
    """按码查询: the application that the code opens, with its steps over all channels."""
    who = let_in(request, "application_read")
    with _told():
        row = look_up_code(who, body.code, _key(), guards_of(who), need=_KEYED)
    return _answer(answer_of(row, _policy()))


@router.post("/steps", response=ApplicationAnswer, operation_id="application_continue")
def step(request: HttpRequest, body: StepBody) -> HttpResponse:
    """续办: one step on the sender's channel, recorded once per event id."""
    who, policy = let_in(request, "application_continue"), _policy()
    if (body.code is None) == (body.application is None):
        raise Problem("invalid", more={"errors": [{"field": "body.code", "what": "either code or application"}]})
    made = Step(
        body.event_id, body.event, _moment(body.at, who.at), body.channel, body.stage, body.fields, body.status
    )  # fmt: skip
    with _told():
        application_id = body.application or ""
        if body.code is not None:
            application_id = look_up_code(who, body.code, _key(), guards_of(who), need=_KEYED).application_id
        rows = Application.objects.handed_to(who.scope)
        done = record_step(who, rows, application_id, made, policy, need=_KEYED, version=body.version)
    return _answer(answer_of(done.application, policy, repeat=done.repeat))


def guards_of(who: Who) -> dict[str, GuessTerms]:
    """Who is slowed by wrong codes: the key, and the address it is used from."""
    return {who.scope.actor: SYSTEM, f"api:{from_address(who.address)}": SYSTEM}


@contextmanager
def _told() -> Iterator[None]:
    """The library's errors as problems."""
    try:
        yield
    except NotACode as error:
        raise Problem("code") from error
    except TooManyTries as error:
        raise Problem("too_many", retry_after=error.retry_after) from error
    except NoSuchCode as error:
        raise Problem("no_application") from error
    except Stale as error:
        raise Problem("changed") from error
    except Ended as error:
        raise Problem("ended") from error
    except YourMistake as error:
        told = {"field": "body", "what": error.what, "expected": error.expected}
        raise Problem("invalid", more={"errors": [told]}) from error


def _moment(at: datetime | None, now: datetime) -> datetime:
    """A moment without a zone is one of the bank's."""
    if at is None:
        return now
    return at if at.tzinfo else timezone.make_aware(at)


def _policy() -> ProgressPolicy:
    return read_progress_policy(keeper().house.policy("progress"))


def _key() -> str:
    return keeper().house.pseudonym_key()


def _answer(answer: BaseModel, status: int = 200) -> HttpResponse:
    return HttpResponse(answer.model_dump_json(), status=status, content_type="application/json")
