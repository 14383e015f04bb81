"""Numbers of the platform for a monitoring system: no customer's data, so no purpose and no audit row."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from liuke.api.problem import Problem
from liuke.api.resident import keeper
from liuke.govern.api_key import ApiKey
from liuke.health.facts import health_facts
from liuke.health.findings import findings
from liuke.health.metrics import CONTENT_TYPE, exposition
from liuke.health.policy import read_health_policy

router = Router(tags=["platform"])


@router.get("", operation_id="metrics")
def metrics(request: HttpRequest) -> HttpResponse:
    """运行指标: runs, feeds, events, messages, orders, audit log and disk, in the text format of Prometheus."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    if "metrics" not in key.scopes:
        raise Problem("scope")
    house = keeper().house
    facts = health_facts(house, timezone.now())
    found = findings(facts, read_health_policy(house.policy("health")))
    return HttpResponse(exposition(facts, found), content_type=CONTENT_TYPE)
