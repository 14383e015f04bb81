"""What came in and how fresh it is: loads, quarantine, tables."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from liuke.console import labels
from liuke.console.acting import guarded, page
from liuke.console.paging import place_of
from liuke.console.reading import house, lend
from liuke.console.reading.intake import intake
from liuke.console.reading.loads import QUARANTINE_PAGE, loads, quarantine_sums, quarantined, tables
from liuke.console.showing import locale
from liuke.console.whole_number import whole
from liuke.health.report import health_report
from liuke.state.models import Run


@require_GET
@guarded("see_data")
def board(request: HttpRequest) -> HttpResponse:
    """Runs, loads, quarantine by rule, and the state of every table."""
    with lend() as reader:
        context = {
            "loads": loads(reader),
            "sums": quarantine_sums(reader),
            "tables": tables(reader),
            "runs": Run.objects.order_by("-started_at")[:8],
            "english": locale() == "en",
        }
    report = health_report(house(), timezone.now())
    context |= {"intake": intake(), "workers": labels.INTAKE_WORKERS, "facts": report.facts}
    context["found"] = [(one, one.text(locale())) for one in report.findings]
    return page(request, "console/data.html", "data", context)


@require_GET
@guarded("see_data")
def quarantine(request: HttpRequest) -> HttpResponse:
    """Rows that broke a rule, masked; by source, table and rule."""
    number = whole(request.GET.get("page"))
    chosen = {name: request.GET.get(name, "")[:128] for name in ("source", "table_name", "rule")}
    with lend() as reader:
        rows, total = quarantined(reader, chosen, number)
    context = {
        "rows": rows,
        "chosen": {name: value for name, value in chosen.items() if value},
        **place_of(number, QUARANTINE_PAGE, len(rows), total),
    }
    return page(request, "console/quarantine.html", "data", context)
