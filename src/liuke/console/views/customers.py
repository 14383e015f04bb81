"""Customers: the list, the whole picture of one, and showing a masked value for a reason."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from liuke.console import labels
from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.choices import branch_choices, branch_filter, branch_names, search_of
from liuke.console.portrait import shown
from liuke.console.reading import lend
from liuke.console.reading.customers import PAGE, bank_tiers, find, look_up
from liuke.console.reading.story import customer_story
from liuke.console.reading.tags import tag_titles
from liuke.console.reading.tier_levels import tier_levels
from liuke.console.reading.timeline import KINDS, PERIODS, Lines, asked_of, lines
from liuke.console.showing import customer_row, order_row, rights
from liuke.errors import LiukeError
from liuke.state.actions import record_view, unmask_field
from liuke.state.actions.unmask_field import TooManyUnmasked
from liuke.state.models import WorkOrder
from liuke.tables import CUSTOMER

SORTS: Final = (
    ("risk", gettext_lazy("按预警分")),
    ("aum", gettext_lazy("按资产")),
    ("fall", gettext_lazy("按资产下降")),
    ("since", gettext_lazy("按开户时间")),
)
SHOWN_SECONDS: Final = 60
"""How long an unmasked value stays on the page."""
_ASKED: Final = {"kind", "period", "t", "page"}
_LOOK: Final = "liuke.console.look"


@require_GET
@guarded("see_customers")
def listing(request: HttpRequest) -> HttpResponse:
    """A page of the customers in scope."""
    scope, search = scope_of(request), search_of(request)
    with lend() as reader:
        found = find(reader, scope, search)
        tiers = bank_tiers(reader, scope)
    context = {
        "search": search,
        "rows": [customer_row(row, scope) for row in found.rows],
        "total": found.total,
        "first": (search.page - 1) * PAGE + 1 if found.rows else 0,
        "last": (search.page - 1) * PAGE + len(found.rows),
        "more": search.page * PAGE < found.total,
        "previous": search.page - 1,
        "next": search.page + 1,
        "bank_tiers": tiers,
        "tier_choices": [("any", _("全部预警")), *((k, v) for k, v in labels.TIERS.items() if k != "none")],
        "branch_choices": branch_choices(scope),
        "branch": branch_filter(request),
        "branch_names": branch_names(row["branch_id"] for row in found.rows),
        "sorts": SORTS,
        "tier_labels": labels.TIERS,
    }
    return page(request, "console/customers.html", "customers", context)


@require_GET
@guarded("see_customers")
def whole(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The 360° page of one customer. Outside the scope it does not exist; inside, looking is audited.

    The timeline comes after the page has been painted, unless the address asks for some part of it.
    """
    scope = scope_of(request)
    timeline: dict[str, object] = {"key": customer_id, "look": _look(request, customer_id)}
    with lend() as reader:
        row = look_up(reader, scope, customer_id)
        if row is None:
            raise Http404
        record_view(who_of(request), customer_id)
        story = customer_story(reader, scope, row)
        if _ASKED & request.GET.keys():
            timeline |= _timeline_context(lines(reader, scope, row, asked_of(request)), customer_id)
        levels = tier_levels(reader)
        tags = tag_titles(reader, story.profile.tags if story.profile else ())
    orders = WorkOrder.objects.visible_to(scope).filter(customer_id=customer_id).order_by("-created_at")[:20]
    context = {
        "row": customer_row(row, scope),
        "identity": customer_row(asdict(story.identity), scope, CUSTOMER) if story.identity else None,
        "story": story,
        "p": shown(story.profile, scope, levels) if story.profile else None,
        "tags": tags,
        **timeline,
        "orders": [order_row(order, scope, timezone.localdate()) for order in orders],
        "branch_names": branch_names([row["branch_id"]]),
        "tier_labels": labels.TIERS,
        "gender_labels": labels.GENDERS,
        "outcome_labels": labels.OUTCOMES,
        "can_unmask": "unmask" in rights(scope),
        "can_apply": "work_applications" in rights(scope),
    }
    return page(request, "console/customer.html", "customers", context)


@require_GET
@guarded("see_customers")
def timeline(request: HttpRequest, customer_id: str) -> HttpResponse:
    """One page of the timeline, alone; a look at the customer like the page around it, and audited like it.

    What the page just opened asks for by itself belongs to that look.
    """
    scope = scope_of(request)
    with lend() as reader:
        row = look_up(reader, scope, customer_id)
        if row is None:
            raise Http404
        if not _looked(request, customer_id):
            record_view(who_of(request), customer_id)
        found = lines(reader, scope, row, asked_of(request))
    return render(request, "console/parts/timeline_pages.html", _timeline_context(found, customer_id))


def _look(request: HttpRequest, customer_id: str) -> str:
    """Says for a minute that this person's look at the customer is audited."""
    return signing.dumps([scope_of(request).actor, customer_id], salt=_LOOK)


def _looked(request: HttpRequest, customer_id: str) -> bool:
    try:
        told = signing.loads(request.GET.get("look", ""), salt=_LOOK, max_age=60)
    except signing.BadSignature:
        return False
    return bool(told == [scope_of(request).actor, customer_id])


def _timeline_context(found: Lines, customer_id: str) -> dict[str, object]:
    return {
        "lines": found,
        "kinds": [(key, label) for key, (label, _kinds) in KINDS.items()],
        "periods": [(key, label) for key, (label, _days) in PERIODS.items()],
        "key": customer_id,
        "previous": found.asked.page - 1,
        "next": found.asked.page + 1,
    }


@require_POST
@guarded("unmask")
def unmask(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Shows one masked value, after permission, reason and audit."""
    scope, field = scope_of(request), request.POST.get("field", "")
    with lend() as reader:
        row = look_up(reader, scope, customer_id)
        who = reader.customers(row["as_of"]).identity(customer_id) if row else None
    if row is None or who is None:
        raise Http404
    owned = {**asdict(who), "branch_id": row["branch_id"], "staff_id": row["staff_id"]}
    try:
        most = settings.BANK.masking.unmask_per_hour
        value = unmask_field(who_of(request), CUSTOMER, owned, field, request.POST.get("reason", ""), most=most)
    except TooManyUnmasked:
        return render(request, "console/parts/unmask_refused.html", {"most": most}, status=429)
    except LiukeError:
        return render(request, "console/parts/unmask_refused.html", status=422)
    return render(request, "console/parts/unmasked.html", {"value": value, "seconds": SHOWN_SECONDS})
