"""Applications for tests: a customer of S1 in NJ, codes issued for them, steps taken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from liuke.act.progress.application import Step
from liuke.act.progress.progress_policy import ProgressPolicy
from liuke.state.actions.change_order import Who
from liuke.state.actions.issue_progress_code import CodeWish, Holder, Issued, issue_progress_code
from liuke.state.actions.record_step import Recorded, record_step
from liuke.state.models import Application

KEY, POLICY = "k" * 40, ProgressPolicy()
ZHANG = Holder("C000001", "张三丰", "13800005678", "NJ", "S1")


def issued(who: Who, holder: Holder = ZHANG, **wish: Any) -> Issued:
    """A code for a new loan application begun on the app, unless stated otherwise."""
    whole = {"journey": "loan_application", "channel": "app", **wish}
    return issue_progress_code(who, holder, CodeWish(**whole), POLICY, KEY)


def stepped(who: Who, application_id: str, event_id: str, stage: str = "identity", **more: Any) -> Recorded:
    """A step at the branch, by whoever has the code."""
    version, minutes = more.pop("version", None), more.pop("minutes", 0)
    values = {"name": "application_step", "channel": "branch", "fields": ("income",), **more}
    step = Step(event_id=event_id, at=who.at + timedelta(minutes=minutes), stage=stage, **values)
    return record_step(who, Application.objects.handed_to(who.scope), application_id, step, POLICY, version=version)
