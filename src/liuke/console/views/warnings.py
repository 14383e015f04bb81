"""Warned customers by tier, with the signals behind each warning.

The list is made from warnings alone and never from decisions: whether a customer was held out must not be seen
by the people whose calls are measured.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from liuke.console import labels
from liuke.console.acting import guarded, page, scope_of
from liuke.console.choices import branch_choices, branch_filter, branch_names, search_of
from liuke.console.reading import lend
from liuke.console.reading.customers import PAGE, find, tier_counts
from liuke.console.reading.scores import scores_of, typical_of
from liuke.console.reading.signals import signals_of
from liuke.console.showing import Reason, amount_of, customer_row, score_reasons, signal_reasons


@require_GET
@guarded("see_customers")
def listing(request: HttpRequest) -> HttpResponse:
    """A page of the warned customers in scope, and the counts per tier."""
    scope, search = scope_of(request), search_of(request, tier="any")
    with lend() as reader:
        found = find(reader, scope, search)
        counts = tier_counts(reader, scope, search)
        signals = signals_of(reader, found.rows)
        scores = scores_of(reader, found.rows)
        typical = typical_of(reader, scores)
    said = {key: score_reasons(score, typical, scope) for key, score in scores.items()}

    def reasons(customer_id: str) -> tuple[Reason, ...]:
        return (*said.get(customer_id, ()), *signal_reasons(signals.get(customer_id, {}), scope))

    rows = [customer_row(row, scope) | {"reasons": reasons(row["customer_id"])} for row in found.rows]
    tiers = [
        (
            key,
            labels.TIERS[key],
            counts.get(key, (0, None))[0],
            amount_of(counts.get(key, (0, None))[1], None, scope).now,
        )
        for key in ("red", "orange", "yellow")
    ]
    context = {
        "search": search,
        "rows": rows,
        "tiers": tiers,
        "total": found.total,
        "first": (search.page - 1) * PAGE + 1 if rows else 0,
        "last": (search.page - 1) * PAGE + len(rows),
        "more": search.page * PAGE < found.total,
        "previous": search.page - 1,
        "next": search.page + 1,
        "signals": labels.SIGNALS,
        "branch_choices": branch_choices(scope),
        "branch": branch_filter(request),
        "branch_names": branch_names(row["branch_id"] for row in found.rows),
        "tier_labels": labels.TIERS,
        "sorts": (("risk", labels.SORT_RISK), ("aum", labels.SORT_AUM), ("fall", labels.SORT_FALL)),
    }
    return page(request, "console/warnings.html", "warnings", context)
