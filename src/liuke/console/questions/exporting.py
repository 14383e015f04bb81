"""Files of answers: who may have them, what the log says of it, and how the answer is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from liuke.console.acting import person, who_of
from liuke.console.figures import moment
from liuke.console.questions.files import Sheet, as_csv, as_excel
from liuke.state.actions import record_export

_EXCEL: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def watermark(request: HttpRequest) -> str:
    """Who made a file or a picture, and when."""
    who = who_of(request)
    name = person(request).display_name or who.scope.actor
    return _("{name}（{user}）{at} 导出，仅供内部使用").format(name=name, user=who.scope.actor, at=moment(who.at))


def exported(request: HttpRequest, kind: str, form: str, sheets: Sequence[Sheet], day: str) -> HttpResponse:
    """The tables as a file, csv or xlsx; for png only the record, for the browser draws the picture itself.

    Audited before anything is sent. Raises Http404 for another form, NotAllowed without `export`.
    """
    if form not in ("csv", "xlsx", "png"):
        raise Http404
    record_export(who_of(request), f"{kind}:{form}", sum(len(sheet.rows) for sheet in sheets))
    if form == "png":
        return HttpResponse(status=204)
    mark = watermark(request)
    body, kind_of = (as_csv(sheets, mark), "text/csv; charset=utf-8") if form == "csv" else (
        as_excel(sheets, mark), _EXCEL)  # fmt: skip
    answer = HttpResponse(body, content_type=kind_of)
    answer["Content-Disposition"] = f'attachment; filename="{kind}-{day}.{form}"'
    return answer
