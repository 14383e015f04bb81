"""The customer's own page: by code and the last digits of the phone, without a log-in, and nothing personal beyond."""

from __future__ import annotations

import math
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from liuke.act.progress.progress_policy import read_progress_policy
from liuke.console import application_words as words
from liuke.console.figures import is_chinese
from liuke.console.reading import house
from liuke.state.actions.look_up_code import NoSuchCode, NotACode, look_up_by_customer
from liuke.state.guessing import TooManyTries

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Stricter than the console's: the page has no script at all."""


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def progress(request: HttpRequest) -> HttpResponse:
    """The form; after it the application, or one answer for everything that is wrong."""
    policy = read_progress_policy(house().policy("progress"))
    if not policy.customer_page:
        raise Http404
    if request.method != "POST":
        return _page(request, {})
    typed, digits = request.POST.get("code", ""), request.POST.get("digits", "")
    address = str(request.META.get("REMOTE_ADDR", ""))
    try:
        row = look_up_by_customer(typed, digits, house().pseudonym_key(), timezone.now(), address)
    except NotACode:
        return _page(request, {"trouble": _("进度码有误，请逐位核对。"), "slip": True, "typed": typed[:20]}, 422)
    except NoSuchCode:
        told = _("没有找到。请核对进度码和手机号后四位；码也可能已过期，可到任一网点或致电客服重新获取。")
        return _page(request, {"trouble": told, "typed": typed[:20]}, 404)
    except TooManyTries as error:
        minutes = math.ceil(error.retry_after / 60)
        answer = _page(request, {"trouble": _("输错次数过多，请 {n} 分钟后再试。").format(n=minutes)}, 429)
        answer["Retry-After"] = str(error.retry_after)
        return answer
    return _page(request, {"a": words.shown(row, policy)})


def _page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    bank = settings.BANK.name.zh if is_chinese() else settings.BANK.name.en
    answer = render(request, "console/progress.html", {"bank_name": bank, **context}, status=status)
    answer["Content-Security-Policy"] = POLICY
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
