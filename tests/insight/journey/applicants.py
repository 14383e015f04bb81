"""A small journey and people on it, for tests with hand-made histories: apply (app, branch), check, sign."""

from __future__ import annotations

from typing import Any

from liuke.insight.journey.catalogue import Journey
from liuke.insight.journey.spec import JourneyFile
from tests.insight.behaviour.crowd import Event, moment

NAME = {"zh": "贷", "en": "Loan"}


def journey(**more: Any) -> Journey:
    """Stages form (at most 1h), check (2d, failures), sign; a case per application; quiet for two days."""
    stages = [
        {"code": "form", "name": NAME, "touchpoints": [{"name": "form"}], "expected": "1h"},
        {"code": "check", "name": NAME, "touchpoints": [{"name": "check"}], "failures": [{"name": "check_failed"}],
         "expected": "2d"},
        {"code": "sign", "name": NAME, "touchpoints": [{"name": "sign"}, {"did": "transaction", "name": "repayment"}]},
    ]  # fmt: skip
    given: dict[str, Any] = {
        "name": NAME, "description": NAME, "owner": "me", "case": "application", "quiet": "2d",
        "enter": {"name": "begin"}, "stages": stages,
        "outcomes": {"success": [{"name": "done"}], "rejected": [{"name": "refused"}],
                     "withdrawn": [{"name": "given_up"}]},
        "hand_overs": [{"from": "app", "to": "branch", "at": "check"}],
        "rekeying": {"property": "fields", "within": "30d"}, "complaints": {"days": 1},
        "status": {"name": "application_status", "property": "status"},
    }  # fmt: skip
    return Journey("loan", JourneyFile.model_validate({**given, **more}), "1")


def steps(who: str, day: int, *told: str, case: str | None = None) -> list[Event]:
    """Each told as `hour name`, `hour name channel` or `hour name channel field,field`."""
    made = []
    for one in told:
        hour, name, channel, fields = [*one.split(), "app", ""][:4] if len(one.split()) < 3 else [*one.split(), ""][:4]
        said = {"application": case or f"L-{who}", "fields": fields}
        made.append(Event(who, moment(day, float(hour)), name, said, channel))
    return made
