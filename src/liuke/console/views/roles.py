"""Who may do what and see what how: the table of govern/access.py under the bank's settings."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from liuke.console import labels
from liuke.console.acting import guarded, page, scope_of
from liuke.console.role_words import CLASSES, GROUPS, SHOWN
from liuke.govern.access import APART, DATA_CLASSES, ROLES, may, reads_of


@require_GET
@guarded("see_roles")
def matrix(request: HttpRequest) -> HttpResponse:
    """Roles by permissions, roles by classes of data, and what nobody may be both of."""
    words = {name: label for _title, group in GROUPS for name, label in group.items()}
    shown = {role: reads_of(role, settings.BANK.masking.of(role)) for role in ROLES}
    context = {
        "roles": [labels.ROLES[role] for role in ROLES],
        "groups": [
            (title, [(label, [may(role, name) for role in ROLES]) for name, label in group.items()])
            for title, group in GROUPS
        ],
        "classes": [(*CLASSES[name], [SHOWN[shown[role][name]] for role in ROLES]) for name in DATA_CLASSES],
        "apart": [(words[one], words[other]) for one, other in APART],
        "sees_log": may(scope_of(request).role, "see_audit"),
    }
    return page(request, "console/roles.html", "compliance" if context["sees_log"] else "roles", context)
