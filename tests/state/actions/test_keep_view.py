from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils import timezone

from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed, Scope
from liuke.state.actions.change_order import Stale, Who
from liuke.state.actions.keep_view import ViewWish, change_view, copy_view, drop_view, save_view, views_for
from liuke.state.models import AnalysisView, AuditEntry

pytestmark = pytest.mark.django_db
NOW = timezone.now()
ANALYST = Who(Scope("analyst", "analyst", None), NOW, "10.0.0.1")
HEAD = Who(Scope("head", "branch_head", frozenset({"NJ"})), NOW)
WISH = ViewWish("funnel", "申请漏斗", "step: [event:search, event:apply_start]\n")


def names_of(who: Who) -> list[str]:
    return [view.name for view in views_for(who.scope)]


def test_a_view_is_its_owners_until_it_is_shared():
    view = save_view(ANALYST, WISH)
    assert (names_of(ANALYST), names_of(HEAD)) == (["申请漏斗"], [])
    change_view(ANALYST, view.pk, 1, replace(WISH, shared=True))
    assert names_of(HEAD) == ["申请漏斗"]


def test_every_change_is_a_version_that_is_kept_and_audited():
    view = save_view(ANALYST, WISH)
    change_view(ANALYST, view.pk, 1, replace(WISH, name="申请转化"))
    changed = change_view(ANALYST, view.pk, 2, replace(WISH, name="申请转化"))
    assert changed.version == 2  # the same again is no change
    assert list(view.versions.order_by("version").values_list("version", "name")) == [(1, "申请漏斗"), (2, "申请转化")]
    log = AuditEntry.objects.filter(object_type="analysis", object_id=str(view.pk)).order_by("seq")
    assert [(row.action, row.data["version"]) for row in log] == [("view_save", 1), ("view_change", 2)]


def test_only_the_owner_changes_and_removes_others_copy():
    view = save_view(ANALYST, replace(WISH, shared=True))
    with pytest.raises(YourMistake):
        change_view(HEAD, view.pk, 1, replace(WISH, name="改了"))
    with pytest.raises(YourMistake):
        drop_view(HEAD, view.pk, 1)
    copied = copy_view(HEAD, view.pk, "我的申请漏斗")
    assert (copied.owner, copied.text, copied.shared, copied.version) == ("head", WISH.text, False, 1)
    assert names_of(ANALYST) == ["申请漏斗"]


def test_what_was_changed_meanwhile_is_not_overwritten():
    view = save_view(ANALYST, WISH)
    change_view(ANALYST, view.pk, 1, replace(WISH, name="新名字"))
    with pytest.raises(Stale):
        change_view(ANALYST, view.pk, 1, replace(WISH, name="旧页面"))
    with pytest.raises(Stale):
        drop_view(ANALYST, view.pk, 1)
    assert names_of(ANALYST) == ["新名字"]


def test_a_removed_view_is_gone_for_everybody_and_its_versions_stay():
    view = save_view(ANALYST, replace(WISH, shared=True))
    drop_view(ANALYST, view.pk, 1)
    assert (names_of(ANALYST), names_of(HEAD)) == ([], [])
    with pytest.raises(YourMistake):
        copy_view(HEAD, view.pk, "复制")
    assert AnalysisView.objects.get(pk=view.pk).versions.count() == 1
    assert AuditEntry.objects.filter(action="view_drop").count() == 1


def test_a_private_view_is_not_copied_by_others():
    view = save_view(ANALYST, WISH)
    with pytest.raises(YourMistake):
        copy_view(HEAD, view.pk, "复制")


def test_a_name_is_wanted_and_carries_no_number_of_a_person():
    with pytest.raises(YourMistake):
        save_view(ANALYST, replace(WISH, name="  "))
    with pytest.raises(YourMistake):
        save_view(ANALYST, replace(WISH, name="长" * 81))
    assert save_view(ANALYST, replace(WISH, name="客户 19800001234 的路径")).name == "客户 198****1234 的路径"


def test_managers_of_relations_and_administrators_keep_none():
    for role in ("rm", "admin"):
        with pytest.raises(NotAllowed):
            save_view(Who(Scope("x", role, frozenset()), NOW), WISH)
