"""Who got to a step of a funnel and not to the next."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from liuke.console.acting import guarded
from liuke.console.questions.asking_page import beside, data_or_404, within_of
from liuke.console.questions.exact_rule import funnel_rule
from liuke.console.questions.fields import of_query
from liuke.console.questions.funnel_form import form_of, question_of
from liuke.console.questions.funnel_page import PAGE, step_names
from liuke.console.reading import lend
from liuke.console.reading.funnels import stopped


@require_GET
@guarded("see_behaviour")
def dropped(request: HttpRequest, step: int) -> HttpResponse:
    """How many in the scope, masked rows of some, and the rule of just these; the look is audited."""
    fields = of_query(request.GET, PAGE.names)
    with lend() as reader:
        data = data_or_404(reader)
        funnel, within = question_of(fields).funnel, within_of(request, reader, data, fields)
        if not 1 <= step < len(funnel.steps):
            raise Http404
        found = stopped(reader, data, funnel, within, step)
    before, after = step_names(form_of(fields))[step - 1 : step + 1]
    context = {
        "before": before,
        "after": after,
        "rule": funnel_rule(fields, funnel, within, step),
        "part": "console/parts/funnel_dropped.html",
        "heading": _("停在这一步的客户"),
    }
    return beside(request, PAGE, fields, found, context)
