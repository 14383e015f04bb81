"""Keeping questions about behaviour: saved, changed in versions, shared, copied, removed by their owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from liuke.errors import YourMistake, coded
from liuke.govern.access import Scope, require
from liuke.govern.audit import AuditRecord, Plain
from liuke.govern.masking import mask_text
from liuke.state.actions.change_order import Stale, Who
from liuke.state.audit import append
from liuke.state.models import AnalysisView, AnalysisViewVersion

LONGEST_NAME: Final = 80
LONGEST_TEXT: Final = 20_000
MOST: Final = 500
"""Kept questions of one person at most."""


@dataclass(frozen=True, slots=True)
class ViewWish:
    """What a kept question shall be. text: valid YAML of its kind, checked by whoever made it."""

    kind: str
    name: str
    text: str
    shared: bool = False


def views_for(scope: Scope) -> QuerySet[AnalysisView]:
    """Those the person may open, the newest first: the own, and those shared. Raises NotAllowed."""
    require(scope, "see_behaviour")
    mine = Q(owner=scope.actor) | Q(shared=True)
    return AnalysisView.objects.filter(mine, gone_at__isnull=True).order_by("-changed_at", "-pk")


def save_view(who: Who, wish: ViewWish) -> AnalysisView:
    """Keeps a question as the person's own. Raises NotAllowed, YourMistake for no name, one too long, or too many."""
    require(who.scope, "see_behaviour")
    name = _name_of(wish.name)
    _check_text(wish.text)
    with transaction.atomic():
        if AnalysisView.objects.filter(owner=who.scope.actor, gone_at__isnull=True).count() >= MOST:
            raise YourMistake(coded("too_many_views", "at most {most} views of one person", most=MOST),
                              state="nothing was kept", then="remove some that are not needed")  # fmt: skip
        view = AnalysisView.objects.create(
            kind=wish.kind, name=name, text=wish.text, owner=who.scope.actor, shared=wish.shared, created_at=who.at,
            changed_at=who.at,
        )  # fmt: skip
        _kept(who, view, "view_save")
    return view


def change_view(who: Who, pk: int, version: int, wish: ViewWish) -> AnalysisView:
    """The next version of an own question; the same again changes nothing.

    Raises as `save_view`; YourMistake for one that is not the person's or of another kind; Stale when it was changed
    since the page was shown.
    """
    name = _name_of(wish.name)
    _check_text(wish.text)
    with transaction.atomic():
        view = _own(who, pk, version)
        if view.kind != wish.kind:
            raise YourMistake(coded("view_kind", "a {kind} stays a {kind}", kind=view.kind), state="nothing was kept")
        if (view.name, view.text, view.shared) == (name, wish.text, wish.shared):
            return view
        view.name, view.text, view.shared = name, wish.text, wish.shared
        view.version += 1
        view.changed_at = who.at
        view.save()
        _kept(who, view, "view_change")
    return view


def copy_view(who: Who, pk: int, name: str) -> AnalysisView:
    """A question of the own or shared ones as a new own one, not shared."""
    found = views_for(who.scope).filter(pk=pk).first()
    if found is None:
        raise _no_view()
    return save_view(who, ViewWish(found.kind, name, found.text))


def drop_view(who: Who, pk: int, version: int) -> AnalysisView:
    """Takes an own question away for everybody; its versions stay for the log."""
    with transaction.atomic():
        view = _own(who, pk, version)
        view.gone_at = who.at
        view.save(update_fields=["gone_at"])
        _audit(who, view, "view_drop")
    return view


def _own(who: Who, pk: int, version: int) -> AnalysisView:
    require(who.scope, "see_behaviour")
    rows = AnalysisView.objects.select_for_update().filter(pk=pk, owner=who.scope.actor, gone_at__isnull=True)
    view = rows.first()
    if view is None:
        raise _no_view()
    if view.version != version:
        raise Stale("the view was changed since the page was shown", state="nothing was changed",
                    then="open it again")  # fmt: skip
    return view


def _no_view() -> YourMistake:
    return YourMistake(coded("no_view", "there is no such view of yours"), state="nothing was changed",
                       then="copy it to change it, or ask its owner to share it")  # fmt: skip


def _name_of(text: str) -> str:
    name = mask_text(" ".join(text.split()))
    if not name:
        raise YourMistake(coded("view_unnamed", "a view needs a name"), state="nothing was kept")
    if len(name) > LONGEST_NAME:
        raise YourMistake(coded("too_long", "the text is too long, at most {most} characters", most=LONGEST_NAME),
                          state="nothing was kept")  # fmt: skip
    return name


def _check_text(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise YourMistake(coded("too_long", "the text is too long, at most {most} characters", most=LONGEST_TEXT),
                          state="nothing was kept")  # fmt: skip


def _kept(who: Who, view: AnalysisView, action: str) -> None:
    AnalysisViewVersion.objects.create(
        view=view, version=view.version, name=view.name, text=view.text, shared=view.shared, at=who.at
    )
    _audit(who, view, action)


def _audit(who: Who, view: AnalysisView, action: str) -> None:
    data: Mapping[str, Plain] = {"kind": view.kind, "name": view.name, "version": view.version, "shared": view.shared}
    scope = who.scope
    append(AuditRecord(who.at, scope.actor, scope.role, action, "analysis", str(view.pk), "", who.address, data))
