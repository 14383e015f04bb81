"""Whom a single sign-on provider's claims open the door for: a log-in that is there, or, by policy, one made now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from liuke.errors import YourMistake
from liuke.govern.access import require
from liuke.govern.audit import AuditRecord
from liuke.govern.oidc import SsoRefused
from liuke.sign_in_settings import CreateSettings, OidcSettings, SignInSettings
from liuke.state.accounts import ensure_user
from liuke.state.actions.change_order import Who
from liuke.state.actions.end_sessions import named
from liuke.state.audit import append
from liuke.state.models import SsoLink, User


def enter_by_sso(who: Who, claims: Mapping[str, Any], terms: SignInSettings) -> User:
    """The log-in. The first time it is found by name and linked to the provider's `sub`; from then on only that counts,
    so that a name given to somebody else at the provider opens nothing here. Raises SsoRefused.
    """
    oidc = terms.oidc
    assert oidc is not None
    with transaction.atomic():
        link = SsoLink.objects.select_related("user").filter(issuer=oidc.issuer, subject=str(claims["sub"])).first()
        user = link.user if link is not None else _first_time(who, claims, terms, oidc)
    if user.username in terms.emergency:  # also one that was linked before it was kept for emergencies
        raise SsoRefused("emergency", "an emergency log-in opens by its password only")
    if not user.is_active:
        raise SsoRefused("closed", "the log-in is closed")
    return user


def unlink(who: Who, username: str, reason: str = "") -> bool:
    """An administrator takes a log-in's link to the provider away; whether there was one. The next sign-on finds the
    log-in by its name again. Raises NotAllowed, YourMistake for a name nobody has.
    """
    require(who.scope, "manage_users")
    user = named(username)
    with transaction.atomic():
        gone, _each = SsoLink.objects.filter(user=user).delete()
        actor, role, said = who.scope.actor, who.scope.role, reason.strip()[:200]
        append(AuditRecord(who.at, actor, role, "sso_unlink", "user", username[:64], said, who.address))
    return gone > 0


def _first_time(who: Who, claims: Mapping[str, Any], terms: SignInSettings, oidc: OidcSettings) -> User:
    name = _name(claims, oidc)
    user = User.objects.filter(**{oidc.match: name}).first()
    if user is None:
        if oidc.create is None:
            raise SsoRefused("unknown", "no log-in has the name that the provider tells")
        user = _made(who, name, claims, oidc, oidc.create)
    if user.username in terms.emergency or not user.is_active:
        return user  # refused below, and linked to nobody
    if SsoLink.objects.filter(issuer=oidc.issuer, user=user).exists():
        raise SsoRefused("linked", "the log-in belongs to another account of the provider")
    SsoLink.objects.create(issuer=oidc.issuer, subject=str(claims["sub"]), user=user, made_at=who.at)
    _write(who, user, "sso_link", {"issuer": oidc.issuer})
    return user


def _name(claims: Mapping[str, Any], oidc: OidcSettings) -> str:
    name = claims.get(oidc.username_claim)
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 150:
        raise SsoRefused("no_name", f"the provider does not tell '{oidc.username_claim}'")
    if oidc.username_claim == "email" and claims.get("email_verified") is not True:
        raise SsoRefused("unverified", "the provider has not verified the e-mail address")
    return name.strip()


def _made(who: Who, name: str, claims: Mapping[str, Any], oidc: OidcSettings, create: CreateSettings) -> User:
    told = claims.get(create.groups_claim)
    groups = {told} if isinstance(told, str) else set(told) if isinstance(told, list) else set()
    role = next((role for group, role in create.roles.items() if group in groups), None)
    if role is None:
        raise SsoRefused("no_role", "none of the person's groups at the provider has a role here")
    branch, staff = (str(claims.get(claim) or "") for claim in (create.branch_claim, create.staff_claim))
    if User.objects.filter(username=name).exists():  # found by another thing than its name, so not the person's
        raise SsoRefused("no_place", "a log-in of that name is there already")
    try:
        if oidc.match == "staff_id":
            staff = name
        user = ensure_user(name, role=role, password=None, branch_id=branch, staff_id=staff or None)
    except YourMistake as error:
        raise SsoRefused("no_place", f"no log-in can be made: {error.what}") from error
    _write(who, user, "sso_create", {"role": role, "branch_id": user.branch_id})
    return user


def _write(who: Who, user: User, action: str, data: dict[str, str]) -> None:
    append(AuditRecord(who.at, user.username, user.role, action, "user", user.username[:64], "", who.address, data))
