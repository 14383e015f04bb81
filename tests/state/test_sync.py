"""The mirror of the organisation."""

import pytest

from liuke.errors import YourMistake
from liuke.state.models import Branch, Staff, TeamMember
from liuke.state.sync import Synced, sync_organisation

HQ = {"branch_id": "HQ", "name": "总行", "parent_id": None, "level": "head", "city": "南京"}


def _staff(staff_id: str, **changes: object) -> dict[str, object]:
    return {"staff_id": staff_id, "name": "陆", "branch_id": "HQ", "role": "rm", "daily_capacity": None, **changes}


@pytest.mark.django_db
def test_the_mirror_equals_the_rows_however_often_it_is_synced() -> None:
    for _ in range(2):
        team = [("S1", "C1"), ("S1", "C1")]
        assert sync_organisation([HQ], [_staff("S1"), _staff("S2", active=False)], team) == Synced(1, 2, 1)
    assert Branch.objects.get().parent_id == ""
    assert list(Staff.objects.order_by("staff_id").values_list("active", flat=True)) == [True, False]
    assert TeamMember.objects.count() == 1


def test_branches_that_are_gone_go_and_staff_who_left_stay_as_names(bank: None) -> None:
    sync_organisation([HQ], [_staff("S1", name="新名")])
    assert [b.branch_id for b in Branch.objects.all()] == ["HQ"]
    assert list(Staff.objects.order_by("staff_id").values_list("name", "active")) == [
        ("新名", True), ("周若兰", False), ("郭海峰", False),
    ]  # fmt: skip


def test_an_empty_branch_list_is_refused_and_the_mirror_kept(bank: None) -> None:
    with pytest.raises(YourMistake, match="empty"):
        sync_organisation([], [])
    assert Branch.objects.count() == 6
