"""Pages for what went wrong: what happened and the next step, never a traceback."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from liuke.console.acting import trouble


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return trouble(request, 403, _("您的岗位不能打开这个页面"), _("如果工作需要，请联系管理员调整岗位权限。"))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: also the answer for rows outside the person's scope, so that nobody learns they exist."""
    return trouble(
        request, 404, _("没有找到这个页面"), _("地址可能有误，或该客户、工单不在您的管辖范围内。请从列表重新打开。")
    )


def broken(request: HttpRequest, *_args: Any) -> HttpResponse:
    """500."""
    return trouble(request, 500, _("系统出了点问题"), _("已提交的数据是完整的。请重试，若仍失败请联系管理员。"))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token is no longer valid, e.g. after logging in again in another tab."""
    return trouble(request, 403, _("页面已过期"), _("请返回并刷新页面后重新提交，之前的操作没有改变任何数据。"))
