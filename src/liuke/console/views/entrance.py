"""Log-in, log-out, language, and where a person's day begins."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liuke.console.acting import page, person
from liuke.console.guard import WHY
from liuke.console.half_way import let_in
from liuke.console.middleware import chosen_language
from liuke.console.navigation import home_of
from liuke.console.provider import client, provider
from liuke.console.sign_in_words import ENDED
from liuke.govern.oidc import SsoRefused, end_session_address
from liuke.state.models import User


def bank_name(request: HttpRequest) -> str:
    """The bank's name in the page's language."""
    return settings.BANK.name.en if chosen_language(request) == "en" else settings.BANK.name.zh


def log_in_context(request: HttpRequest) -> dict[str, Any]:
    """What the log-in page always needs: the bank's name, and which ways in there are."""
    sign_in = settings.BANK.sign_in
    return {
        "bank_name": bank_name(request),
        "sso": sign_in.oidc is not None,
        "emergency_only": sign_in.passwords == "emergency",
    }


@method_decorator([login_not_required, require_http_methods(["GET", "HEAD", "POST"])], name="dispatch")
class Login(LoginView):
    """The log-in form. Its field `username` is what django-axes counts failures by."""

    template_name = "console/login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds the bank's name, and why somebody is here again."""
        why = ENDED.get(self.request.GET.get(WHY, ""), "")
        return super().get_context_data(ended=why, **log_in_context(self.request), **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Lets the person in, by way of the second factor where there is one."""
        return let_in(self.request, form.get_user(), "password", self.get_success_url())


class Logout(LogoutView):
    """Ends the session; POST only. Who came by single sign-on is led on to the provider's log-out."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ends it. A page leads on, since forms may lead to this site only (Content-Security-Policy: form-action)."""
        token = request.session.get("id_token")
        response = super().post(request, *args, **kwargs)
        onward = _end_there(request, token) if token else ""
        return render(request, "console/signed_out.html", {"to": onward}) if onward else response


def _end_there(request: HttpRequest, token: str) -> str:
    try:
        back = request.build_absolute_uri(settings.LOGIN_URL)
        return end_session_address(provider(), client(request), back, token)
    except (SsoRefused, Http404):  # the provider is away or no longer ours: our session is over all the same
        return ""


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """django-axes answers with this while a log-in is locked: the form, and how long to wait."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    context = {"locked": True, "minutes": minutes, "next": "", **log_in_context(request)}
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
