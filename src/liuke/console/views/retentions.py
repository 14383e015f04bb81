"""Who stands behind a cell of a retention question."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from liuke.console.acting import guarded
from liuke.console.questions.asking_page import beside, data_or_404, within_of
from liuke.console.questions.exact_rule import retention_rule
from liuke.console.questions.fields import of_query
from liuke.console.questions.retention_form import choice, question_of
from liuke.console.questions.retention_page import PAGE
from liuke.console.questions.retention_rows import period_words
from liuke.console.reading import lend
from liuke.console.reading.retentions import behind_cell
from liuke.insight.retention.spec import KeptAssets

_HEADINGS: Final = {
    (False, True): _("回来的客户"),
    (False, False): _("没有回来的客户"),
    (True, True): _("保住资产的客户"),
    (True, False): _("没有保住资产的客户"),
}
"""By whether assets are asked for, and whether those who came back or kept them are listed."""


@require_GET
@guarded("see_behaviour")
def cell(request: HttpRequest) -> HttpResponse:
    """Who of a cohort did not come back in a period (or keep the assets), or did: masked rows; the look is audited."""
    fields, came = of_query(request.GET, PAGE.names), request.GET.get("came") == "1"
    cohort, k = request.GET.get("cohort", ""), request.GET.get("k", "")
    if not (cohort.isdecimal() and k.isdecimal() and len(cohort + k) < 8):
        raise Http404
    with lend() as reader:
        data = data_or_404(reader)
        asked, within = question_of(fields).asked, within_of(request, reader, data, fields)
        if int(k) > asked.periods:
            raise Http404
        found = behind_cell(reader, data, asked, within, int(cohort), int(k), returned=came)
    context = {
        "came": came,
        "kept": f"{asked.share * 100:g}%" if isinstance(asked, KeptAssets) else "",
        "period": period_words(choice(fields, "every"), int(k)),
        "other": f"{reverse('analysis_cell')}?{fields.query}&cohort={int(cohort)}&k={int(k)}&came={int(not came)}",
        "rule": retention_rule(fields, asked, within, int(cohort), int(k), returned=came),
        "part": "console/parts/retention_cell.html",
        "heading": str(_HEADINGS[isinstance(asked, KeptAssets), came]),
    }
    return beside(request, PAGE, fields, found, context)
