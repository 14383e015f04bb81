"""The power planner beside the editor: how many customers and days, answered as one types."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from liuke.console.acting import guarded, scope_of
from liuke.console.experiment_planning import answer, asked_in
from liuke.console.reading import data_date
from liuke.console.reading.experiments import experiment_bench
from liuke.errors import LiukeError
from liuke.state.actions.whole_bank import may_stop


@require_POST
@guarded("see_effect")
def planner(request: HttpRequest) -> HttpResponse:
    """The form as it is filled in, with its answer; for those who propose or approve, who see the whole bank."""
    if not may_stop(scope_of(request)):
        raise Http404
    try:
        shelf = experiment_bench().shelf
        context = answer(asked_in(request.POST, shelf), shelf, data_date().day)
    except LiukeError as error:
        context = {"mistake": error}
    return render(request, "console/parts/experiment_planner.html", context)
