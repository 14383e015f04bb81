"""团队: load, leave, duty, certificates, teams and transfers in the console, and what an RM may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from liuke.state.actions.transfer import carry_out_transfers
from liuke.state.models import AuditEntry, StaffLeave, StaffShift, StaffSkill, TeamMember, Transfer, WorkOrder

SeenBy = Callable[[str], Client]


def _text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def _row(text: str, name: str) -> str:
    """The table row that begins with the name."""
    return next(part for part in text.split("<tr>") if name in part.split("</td>")[0])


@pytest.mark.parametrize("address", ["", "leave/", "shift/", "skill/", "team/", "transfers/"])
def test_the_pages_are_the_branch_heads_alone(seen_by: SeenBy, bank: Path, address: str) -> None:
    assert "团队" in _text(seen_by("head"), f"/team/{address}")
    assert [seen_by(name).get(f"/team/{address}").status_code for name in ("rm1", "analyst", "officer", "root")] == [
        403
    ] * 4


def test_the_load_counts_each_desk_of_the_own_branches_and_links_to_its_orders(seen_by: SeenBy, bank: Path) -> None:
    WorkOrder.objects.filter(phase=0).update(attempts=0, escalated_at=None, due_at=timezone.now() + timedelta(days=9))
    late = WorkOrder.objects.filter(phase=0, staff_id="S1").first()
    assert late
    past = timezone.now() - timedelta(hours=1)
    WorkOrder.objects.filter(pk=late.pk).update(due_at=past, warn_at=past, escalated_at=past)
    StaffLeave.objects.create(staff_id="S2", since=timezone.localdate(), until=timezone.localdate(), deputy_id="S1")
    text = _text(seen_by("head"), "/team/")
    first, second = _row(text, "陆晓楠"), _row(text, "周敏")
    assert text.index("陆晓楠") < text.index("周敏")
    assert "沈佳" not in text
    assert f"{WorkOrder.objects.filter(phase=0, staff_id='S1').count()}</td>" in first
    assert first.count("num red") == 2
    assert "代理人 陆晓楠" in second
    assert f'data-order="{late.order_id}"' in _text(seen_by("head"), "/workbench/?staff=S1&due=late")
    assert 'data-order="' not in _text(seen_by("head"), "/workbench/?staff=S2&due=late")


def test_first_contacts_that_fell_due_lately_are_kept_or_not_and_todays_contacts_fill_the_day(bank: Path) -> None:
    from liuke.console.reading.team_load import team_load
    from liuke.state.models import OrderEvent, User
    from liuke.state.scopes import scope_for

    now, hour = timezone.now(), timedelta(hours=1)
    far = now + 9 * 24 * hour
    WorkOrder.objects.update(due_at=far, first_contact_at=None, attempts=0, escalated_at=None)
    orders = list(WorkOrder.objects.filter(phase=0, staff_id="S1").order_by("id")[:5])
    assert len(orders) == 5
    in_time, too_late, never, long_ago, other = (order.pk for order in orders)
    for pk, due, tried in (
        (in_time, hour, 2 * hour), (too_late, 2 * hour, hour), (never, hour, None), (long_ago, 31 * 24 * hour, None),
    ):  # fmt: skip
        at = None if tried is None else now - tried
        WorkOrder.objects.filter(pk=pk).update(
            due_at=now - due, warn_at=now - due, first_contact_at=at, attempts=int(at is not None)
        )
    for pk in (in_time, in_time, other):
        OrderEvent.objects.create(order_id=pk, at=now, actor="rm1", kind="contact")
    [desk] = [each for each in team_load(scope_for(User.objects.get(username="head")), now) if each.staff_id == "S1"]
    assert (desk.numbers.fell_due, desk.numbers.kept, desk.sla_kept) == (3, 1, pytest.approx(1 / 3))
    assert (desk.numbers.overdue, desk.numbers.contacted, desk.used) == (2, 2, pytest.approx(2 / 22))


def test_leave_duty_certificates_and_teams_are_entered_listed_and_removed(seen_by: SeenBy, bank: Path) -> None:
    head, mine = seen_by("head"), WorkOrder.objects.filter(branch_id="NJ").first()
    assert mine
    forms = {
        "leave": {"staff_id": "S1", "since": "2031-01-02", "until": "2031-01-05", "deputy_id": "S2"},
        "shift": {"staff_id": "S2", "branch_id": "", "day": "2031-01-02", "starts": "18:00", "ends": "21:00"},
        "skill": {"staff_id": "S1", "skill": "fund", "since": "2020-01-02", "until": "2021-01-02"},
        "team": {"staff_id": "S2", "customer_id": mine.customer_id},
    }
    models = {"leave": StaffLeave, "shift": StaffShift, "skill": StaffSkill, "team": TeamMember}
    for kind, form in forms.items():
        text = head.post(f"/team/{kind}/add/", form).content.decode()
        assert "已保存 1 条" in text
        assert "没有新增" in head.post(f"/team/{kind}/add/", form).content.decode()
        row = models[kind]._default_manager.get()
        assert head.post(f"/team/{kind}/{row.pk}/remove/").status_code == 302
        assert not models[kind]._default_manager.exists()
    assert AuditEntry.objects.filter(actor="head", action__endswith="_removed").count() == 4


def test_a_customer_of_another_branch_cannot_be_shared_with_the_own_staff(seen_by: SeenBy, bank: Path) -> None:
    theirs = WorkOrder.objects.filter(branch_id="HZ").first()
    assert theirs
    answer = seen_by("head").post("/team/team/add/", {"staff_id": "S1", "customer_id": theirs.customer_id})
    assert answer.status_code == 422
    assert "您管辖的客户里没有" in answer.content.decode()
    assert not TeamMember.objects.exists()


def test_a_file_with_mistakes_is_refused_whole_and_each_is_named_by_row_and_column(seen_by: SeenBy, bank: Path) -> None:
    rows = (
        "工号,起始日,终止日,代理人工号\nS1,2031-01-02,2031-01-05,\n"
        "S3,2031-02-30,2031-03-01,S2\nS2,2031-02-30,2031-03-01,\n"
    )
    answer = seen_by("head").post("/team/leave/file/", {"file": SimpleUploadedFile("请假.csv", rows.encode("gbk"))})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "请假.csv" in text
    assert "第 3 行 · <b>工号</b>：您管辖的机构里没有在职员工“S3”" in text
    assert "第 4 行 · <b>起始日</b>：应为日期，如 2026-06-30，而不是“2031-02-30”" in text
    assert not StaffLeave.objects.exists()
    good = SimpleUploadedFile("leave.csv", rows.splitlines()[0].encode() + b"\nS1,2031-01-02,2031-01-05,\n")
    assert "已保存 1 条" in seen_by("head").post("/team/leave/file/", {"file": good}).content.decode()


def test_a_transfer_is_planned_withdrawn_and_one_of_today_moves_the_orders(seen_by: SeenBy, bank: Path) -> None:
    head, today = seen_by("head"), timezone.localdate()
    form = {"giver": "S1", "receiver": ["S2"], "on": (today + timedelta(days=2)).isoformat(), "reason": "轮岗"}
    assert head.post("/team/transfers/plan/", form).status_code == 302
    row = Transfer.objects.get()
    assert "待生效" in _text(head, "/team/transfers/")
    assert head.post(f"/team/transfers/{row.pk}/withdraw/").status_code == 302
    assert "已撤回" in _text(head, "/team/transfers/")
    assert head.post("/team/transfers/plan/", form | {"on": today.isoformat()}).status_code == 302
    before = WorkOrder.objects.filter(phase=0, staff_id="S1").count()
    assert carry_out_transfers(timezone.now()) == before > 0
    assert f"移交 {before} 张工单" in _text(head, "/team/transfers/")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"receiver": ["S3"]}, "接收人应为您管辖机构内的在职客户经理"),
        ({"receiver": []}, "请选择一位或几位接收人"),
        ({"giver": "S3"}, "您管辖的机构里没有“S3”"),
        ({"on": "bald"}, "应为日期"),
    ],
)
def test_a_form_that_cannot_be_comes_back_filled_with_what_is_wrong(
    seen_by: SeenBy, bank: Path, change: dict[str, object], said: str
) -> None:
    form = {"giver": "S1", "receiver": ["S2"], "on": "2031-01-02", "reason": "轮岗"} | change
    answer = seen_by("head").post("/team/transfers/plan/", form)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert 'value="轮岗"' in answer.content.decode()
    assert not Transfer.objects.exists()


def test_an_order_of_the_deputy_says_for_whom_and_the_drawer_tells_how_it_came(seen_by: SeenBy, bank: Path) -> None:
    order = WorkOrder.objects.filter(phase=0, staff_id="S1").first()
    assert order
    WorkOrder.objects.filter(pk=order.pk).update(acting_for="S2", enriched_by=["L1", "L2"])
    event = order.events.filter(kind="opened").get()
    event.data |= {"way": "deputy", "to": "S1"}
    event.save()
    rm = seen_by("rm1")
    listed = _text(rm, "/workbench/?tab=open&q=" + order.order_id)
    assert "代 周敏(请假)" in listed
    assert "另有 2 个信号" in listed
    drawer = _text(rm, f"/workbench/orders/{order.order_id}/")
    assert "代 周敏" in drawer
    assert "客户经理请假，代理人接手 · 陆晓楠" in drawer
