"""A few applications of the demo's RM, begun on one channel and continued on others, some left on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from liuke.act.progress.application import EventName, Status, Step
from liuke.act.progress.code import shown
from liuke.act.progress.progress_policy import read_progress_policy
from liuke.govern.access import scope_of
from liuke.state.actions.change_order import Who
from liuke.state.actions.issue_progress_code import CodeWish, Holder, issue_progress_code
from liuke.state.actions.record_step import record_step
from liuke.state.models import Application, Staff
from liuke.tables import CUSTOMER_SNAPSHOT
from liuke.wiring import House

Told = tuple[float, str, EventName, str, tuple[str, ...], Status | None]
"""Hours before now, channel, what, stage, names of what was typed in, status."""
_STEP: Final[EventName] = "application_step"
_STORIES: Final[tuple[tuple[str, str, float, tuple[Told, ...]], ...]] = (
    ("loan_application", "app", 52, (
        (51.8, "app", _STEP, "form", ("mobile", "address", "employer", "income"), None),
        (51.6, "app", _STEP, "identity", ("id_document",), None),
        (27, "branch", _STEP, "documents", ("income", "employer"), None),
    )),
    ("loan_application", "web", 130, (
        (129, "web", _STEP, "form", ("mobile", "income"), None),
        (101, "branch", _STEP, "identity", ("id_document", "mobile"), None),
        (100.5, "branch", "application_submitted", "documents", ("income", "purpose"), None),
        (49, "other", "application_status", "review", (), "approved"),
        (3, "app", _STEP, "signing", (), None),
    )),
    ("account_opening", "wechat", 30, ((29.9, "wechat", _STEP, "form", ("mobile", "address"), None),)),
    ("wealth_purchase", "app", 9, (
        (8.9, "app", _STEP, "choice", (), None), (8.6, "app", _STEP, "risk", ("risk_answers",), None),
        (2, "branch", _STEP, "risk", ("risk_answers", "income"), None),
        (1.8, "branch", "application_completed", "order", ("amount",), None),
    )),
    ("loan_application", "app", 60, ()),
    ("payment", "atm", 5, ((4.9, "atm", _STEP, "order", ("payee", "amount"), None),
                           (4, "phone", "application_withdrawn", "check", (), None))),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Handed:
    """What a customer would type on the page: the code, and the last digits of the phone."""

    code: str
    digits: str


def make_applications(house: House, staff_id: str, now: datetime) -> Handed | None:
    """Codes and steps through the API's own actions; what the first customer was handed. None without customers."""
    staff = Staff.objects.filter(staff_id=staff_id).first()
    people = _customers(house, staff_id, len(_STORIES))
    if staff is None or not people:
        return None
    scope = scope_of("demo", "rm", subtree=(staff.branch_id,), staff_id=staff_id)
    policy, key = read_progress_policy(house.policy("progress")), house.pseudonym_key()
    handed = []
    for number, (holder, (journey, channel, hours, steps)) in enumerate(zip(people, _STORIES, strict=False)):
        begun = now - timedelta(hours=hours)
        wish = CodeWish(journey, channel, f"DEMO-{number + 1}")
        made = issue_progress_code(Who(scope, begun), holder, wish, policy, key)
        handed.append(Handed(shown(made.code), (holder.phone or "")[-4:]))
        for n, (before, where, name, stage, fields, status) in enumerate(steps):
            at = now - timedelta(hours=before)
            step = Step(f"demo:{number}:{n}", name, at, where, stage, fields, status)
            record_step(Who(scope, at), Application.objects.handed_to(scope), wish.application_id, step, policy)
    return handed[0]


def _customers(house: House, staff_id: str, most: int) -> list[Holder]:
    with house.on("duckdb").engine() as engine:
        people = house.lake.scan(engine, CUSTOMER_SNAPSHOT)
        own = people.filter(people.staff_id == staff_id, people.phone.notnull()).order_by("customer_id").limit(most)
        rows = engine.arrow(own.select("customer_id", "name", "phone", "branch_id", "staff_id")).to_pylist()
    return [Holder(**row) for row in rows]
