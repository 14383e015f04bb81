"""Numbers of the platform for a monitoring system: no customer's data, so no purpose and no audit row."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from liuke.api.problem import Problem
from liuke.api.resident import keeper
from liuke.govern.api_key import ApiKey
from liuke.health.metrics import CONTENT_TYPE, exposition
from liuke.health.report import health_report

router = Router(tags=["platform"])


@router.get("", operation_id="metrics")
def metrics(request: HttpRequest) -> HttpResponse:
    """运行指标: runs, feeds, events, messages, orders, audit log and disk, in the text format of Prometheus."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    if "metrics" not in key.scopes:
        raise Problem("scope")
    report = health_report(keeper().house, timezone.now())
    return HttpResponse(exposition(report.facts, report.findings), content_type=CONTENT_TYPE)
