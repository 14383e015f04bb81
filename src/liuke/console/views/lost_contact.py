"""The lost-contact list: customers nobody reaches and who do nothing themselves."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from liuke.console import labels
from liuke.console.acting import guarded, page, scope_of
from liuke.console.choices import branch_choices, branch_filter, branch_names
from liuke.console.paging import place_of
from liuke.console.reading import lend
from liuke.console.reading.silence import PAGE, lost_contacts
from liuke.console.showing import amount_of, customer_row
from liuke.console.whole_number import whole
from liuke.state.scopes import subtree
from liuke.tables import LOST_CONTACT


@require_GET
@guarded("see_customers")
def listing(request: HttpRequest) -> HttpResponse:
    """A page of the list in scope."""
    scope, number, branch = scope_of(request), whole(request.GET.get("page")), branch_filter(request)
    with lend() as reader:
        found = lost_contacts(reader, scope, subtree(branch) if branch else None, number)
    rows = [
        customer_row(row, scope)
        | customer_row(row, scope, LOST_CONTACT)
        | {"assets": amount_of(row["aum"], None, scope).now}
        for row in found.rows
    ]
    context = {
        "rows": rows,
        "branch": branch,
        "branch_choices": branch_choices(scope),
        "branch_names": branch_names(row["branch_id"] for row in found.rows),
        "tier_labels": labels.TIERS,
        **place_of(number, PAGE, len(rows), found.total),
    }
    return page(request, "console/lost_contact.html", "warnings", context)
