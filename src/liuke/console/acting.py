"""Who is asking: the person's scope, the moment, the address; and the guard every view stands behind."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from liuke.console.labels import ROLES
from liuke.errors import LiukeError, TryAgain
from liuke.govern.access import Permission, Scope, finds_people, may
from liuke.state.actions.change_order import Who
from liuke.state.models import Branch, User
from liuke.state.scopes import scope_for

View = Callable[..., HttpResponse]
_KEPT: Final = "_liuke_scope"
_log = logging.getLogger("liuke.console")


def person(request: HttpRequest) -> User:
    """The log-in; views stand behind LoginRequiredMiddleware, so there is one."""
    return cast(User, request.user)


def scope_of(request: HttpRequest) -> Scope:
    """The person's scope, read once per request."""
    kept: Scope | None = getattr(request, _KEPT, None)
    if kept is None:
        kept = scope_for(person(request))
        setattr(request, _KEPT, kept)
    return kept


def who_of(request: HttpRequest) -> Who:
    """Who acts, now, from where."""
    return Who(scope_of(request), timezone.now(), str(request.META.get("REMOTE_ADDR", "")))


def page(
    request: HttpRequest, template: str, here: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A whole page with the shell around it. here: the url name of its entry in the side bar."""
    user = person(request)
    branch = Branch.objects.filter(branch_id=user.branch_id).values_list("name", flat=True).first()
    shell = {
        "here": here,
        "role_label": ROLES.get(user.role, user.role),
        "branch_name": branch or "",
        "hears_orders": may(user.role, "see_orders"),
        "can_find": may(user.role, "see_customers"),
        "finds_people": finds_people(scope_of(request)),
    }
    return render(request, template, shell | (context or {}), status=status)


def guarded(needs: Permission) -> Callable[[View], View]:
    """Lets only roles with the permission in, and turns the library's errors into friendly pages."""

    def around(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(person(request).role, needs):
                raise PermissionDenied
            try:
                return view(request, *args, **kwargs)
            except TryAgain as error:
                _log.warning("try again: %s", type(error).__name__)
                return trouble(request, 503, _("系统正忙"), _("数据没有改变，请稍后重试。"))
            except LiukeError as error:
                _log.warning("refused: %s", type(error).__name__)
                return trouble(request, 400, _("这一步没有完成"), _("数据没有改变。请返回重试，若仍失败请联系管理员。"))

        return inner

    return around


def trouble(request: HttpRequest, code: int, what: str, then: str) -> HttpResponse:
    """A friendly page that says what happened and what to do next."""
    return render(request, "console/error.html", {"code": code, "what": what, "then": then}, status=code)
