"""For load balancers and supervisors: whether this process lives, and whether it can serve."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from liuke.console.reading import house
from liuke.errors import LiukeError
from liuke.state.models import Branch


@login_not_required
@require_GET
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "live"})


@login_not_required
@require_GET
def ready(request: HttpRequest) -> JsonResponse:
    """Pages can be served: 200, else 503 with the reasons, `state` (the database) or `lake`. More needs a key."""
    reasons = [name for name, works in (("state", _state_works()), ("lake", _lake_works())) if not works]
    if reasons:
        return JsonResponse({"status": "not_ready", "reasons": reasons}, status=503)
    return JsonResponse({"status": "ready"})


def _state_works() -> bool:
    try:
        Branch.objects.exists()
    except DatabaseError:
        return False
    return True


def _lake_works() -> bool:
    try:
        return house().lake.root.is_dir()
    except (LiukeError, OSError):
        return False
