"""Log-in, log-out, language, and where a person's day begins."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liuke.console.acting import page, person, who_of
from liuke.console.middleware import chosen_language
from liuke.console.navigation import home_of
from liuke.state.actions import record_login
from liuke.state.models import User


def _bank_name(request: HttpRequest) -> str:
    return settings.BANK.name.en if chosen_language(request) == "en" else settings.BANK.name.zh


@method_decorator([login_not_required, require_http_methods(["GET", "HEAD", "POST"])], name="dispatch")
class Login(LoginView):
    """The log-in form. Its field `username` is what django-axes counts failures by."""

    template_name = "console/login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds the bank's name."""
        return super().get_context_data(bank_name=_bank_name(self.request), **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Logs in and writes the audit row."""
        response = super().form_valid(form)
        record_login(who_of(self.request))
        return response


class Logout(LogoutView):
    """Ends the session; POST only."""


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """django-axes answers with this while a log-in is locked: the form, and how long to wait."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    context = {"locked": True, "minutes": minutes, "bank_name": _bank_name(request), "next": ""}
    return render(request, "console/login.html", context, status=429)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Sends each role to its first page."""
    return redirect(home_of(person(request).role))


@require_GET
def nothing(request: HttpRequest) -> HttpResponse:
    """For a role without any page."""
    return page(request, "console/nothing.html", "nothing")


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Sets the language: in the profile of a person logged in, and in a cookie for the log-in page."""
    wanted = request.POST.get("language", "")
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = HttpResponseRedirect(target)
    if wanted in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(language=wanted)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            wanted,
            max_age=365 * 86400,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response
