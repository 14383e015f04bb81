"""Which customers a figure of a journey map stands for."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from liuke.console.acting import guarded, scope_of
from liuke.console.questions.asking_page import beside, data_or_404, within_of
from liuke.console.questions.exact_rule import journey_rule
from liuke.console.questions.fields import of_query
from liuke.console.questions.journey_page import PAGE, question_of
from liuke.console.questions.journey_rows import stage_names
from liuke.console.questions.journey_words import WHATS
from liuke.console.reading import lend
from liuke.console.reading.journeys import found_at
from liuke.console.showing import locale, rights


@require_GET
@guarded("see_behaviour")
def found(request: HttpRequest, stage: str, what: str) -> HttpResponse:
    """How many in the scope, masked rows of some; the look is audited."""
    fields = of_query(request.GET, PAGE.names)
    journey = question_of(fields).journey
    names = stage_names(journey)
    if stage not in names or what not in WHATS:
        raise Http404
    with lend() as reader:
        data = data_or_404(reader)
        within = within_of(request, reader, data, fields)
        live = found_at(reader, data, journey, within, stage, what)
    context = {
        "journey": journey.title(locale()),
        "code": journey.code,
        "stage": names[stage],
        "stage_code": stage,
        "what": WHATS[what],
        "can_trigger": "edit_rules" in rights(scope_of(request)),
        "rule": journey_rule(fields, journey.spec, within, stage, what),
        "part": "console/parts/journey_found.html",
        "heading": _("{stage}：{what}").format(stage=names[stage], what=WHATS[what]),
    }
    return beside(request, PAGE, fields, live, context)
