"""Sessions as a browser meets them: idle, over, displaced, ended; and the person's own account page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from browsing import needs_browser
from django.test import Client
from django.utils import timezone
from small_bank import PASSWORD

from liuke.govern.access import NotAllowed, Scope
from liuke.sign_in_settings import SessionSettings
from liuke.state.actions.change_order import Who
from liuke.state.actions.end_sessions import end_all_of, set_active
from liuke.state.models import AuditEntry, SignIn, User

SeenBy = Callable[[str], Client]
NEW = "four-other-plain-words"


def _back(minutes: float, **at: str) -> None:
    """As if the sessions' last deed (and with started=… their beginning) lay so long ago."""
    moment = timezone.now() - timedelta(minutes=minutes)
    SignIn.objects.filter(ended_at=None).update(seen_at=moment, **({"started_at": moment} if "started" in at else {}))


def _where(client: Client, address: str = "/account/", **headers: str) -> tuple[int, str]:
    answer = client.get(address, headers=headers)
    return answer.status_code, answer.headers.get("Location", "")


def _admin(role: str = "admin") -> Who:
    return Who(Scope("root", role, frozenset()), timezone.now(), "10.0.0.9")


def test_an_idle_session_leads_to_the_log_in_which_says_why(seen_by: SeenBy) -> None:
    client = seen_by("rm1")
    _back(29)
    assert client.get("/account/").status_code == 200
    _back(31)
    assert _where(client) == (302, "/login/?next=/account/&why=idle")
    assert "有一段时间没有操作" in client.get("/login/?next=/account/&why=idle").content.decode()


def test_a_session_that_lasted_long_enough_ends_while_in_use(seen_by: SeenBy) -> None:
    client = seen_by("rm1")
    _back(8 * 60 + 1, started="")
    SignIn.objects.update(seen_at=timezone.now())
    assert _where(client)[1].endswith("&why=over")


def test_what_the_page_asks_by_itself_keeps_no_session_alive(seen_by: SeenBy) -> None:
    client = seen_by("rm1")
    _back(20)
    before = SignIn.objects.get().seen_at
    client.get("/workbench/", headers={"HX-Request": "true", "X-Unasked": "1"})
    client.get("/live/orders/")
    assert SignIn.objects.get().seen_at == before
    client.get("/account/")
    assert SignIn.objects.get().seen_at > before


def test_a_part_of_a_page_leads_the_whole_page_to_the_log_in_and_back_to_the_page(seen_by: SeenBy) -> None:
    client = seen_by("rm1")
    _back(31)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/workbench/?tab=closed"}
    answer = client.get("/workbench/orders/W1/", headers=headers)
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/login/?next=%2Fworkbench%2F%3Ftab%3Dclosed&why=idle"


def test_one_place_too_many_ends_the_oldest_which_is_told(bank: Path, settings: object, seen_by: SeenBy) -> None:
    old = seen_by("rm1")
    _back(5)
    for _ in range(3):
        seen_by("rm1")
    assert _where(old)[1].endswith("&why=elsewhere")
    assert SignIn.objects.filter(ended_at=None).count() == 3


def test_the_account_page_lists_the_places_and_ends_one_or_all_others(seen_by: SeenBy) -> None:
    here, there, third = (seen_by("rm1") for _ in range(3))
    text = here.get("/account/", headers={"User-Agent": "x"}).content.decode()
    assert text.count("结束这处登录") == 2
    assert text.count("就是这里") == 1
    key = there.session.session_key
    here.post(f"/account/sessions/{SignIn.objects.get(session_key=key).pk}/end/")
    assert _where(there)[1].endswith("&why=self")
    here.post("/account/sessions/end/")
    assert _where(third)[1].endswith("&why=self")
    assert _where(here) == (200, "")
    assert AuditEntry.objects.filter(action__in=["session_end", "sessions_end"], actor="rm1").count() == 2


def test_nobody_ends_a_session_of_somebody_else(seen_by: SeenBy) -> None:
    other, mine = seen_by("head"), seen_by("rm1")
    row = SignIn.objects.get(session_key=other.session.session_key)
    assert mine.post(f"/account/sessions/{row.pk}/end/").status_code == 302
    assert _where(other) == (200, "")


def test_an_administrator_ends_all_sessions_and_closes_a_log_in(seen_by: SeenBy) -> None:
    one, two = seen_by("rm1"), seen_by("rm1")
    assert end_all_of(_admin(), "rm1", "遗失电脑") == 2
    assert [_where(c)[1][-9:] for c in (one, two)] == ["why=admin"] * 2
    third = seen_by("rm1")
    assert set_active(_admin(), "rm1", False) == 1
    assert _where(third)[0] == 302
    with pytest.raises(NotAllowed):
        end_all_of(_admin("analyst"), "rm1")
    assert AuditEntry.objects.get(action="sessions_end").reason == "遗失电脑"


def test_a_new_password_needs_the_old_one_and_ends_every_other_session(seen_by: SeenBy) -> None:
    here, there = seen_by("rm1"), seen_by("rm1")
    form = {"old": PASSWORD, "new": NEW, "again": NEW}
    for change in ({"old": "wrong"}, {"again": "other"}, {"new": "rm1rm1", "again": "rm1rm1"}):
        answer = here.post("/account/password/", form | change)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()
    assert here.post("/account/password/", form).status_code == 302
    assert "密码已修改，其他 1 处登录已结束" in here.get("/account/").content.decode()
    assert _where(there)[1].endswith("&why=password")
    assert User.objects.get(username="rm1").check_password(NEW)
    assert AuditEntry.objects.filter(action="password_change", actor="rm1").count() == 1


def test_a_borrowed_session_is_no_place_to_guess_the_password_in(seen_by: SeenBy) -> None:
    here, form = seen_by("rm1"), {"new": NEW, "again": NEW}
    for n in range(5):
        here.post("/account/password/", {**form, "old": f"wrong-{n}"})
    said = here.post("/account/password/", {**form, "old": PASSWORD}).content.decode()
    assert "输错次数过多" in said
    assert User.objects.get(username="rm1").check_password(PASSWORD)


def test_a_password_changed_from_outside_ends_the_sessions(seen_by: SeenBy) -> None:
    client, user = seen_by("rm1"), User.objects.get(username="rm1")
    user.set_password(NEW)
    user.save()
    assert _where(client)[1].endswith("&why=changed")


def test_a_stream_of_news_ends_with_its_session(seen_by: SeenBy) -> None:
    from liuke.console.views.live import _in_force

    key = str(seen_by("rm1").session.session_key)
    assert _in_force(key)
    _back(31)
    assert not _in_force(key)


def test_the_terms_are_the_banks(seen_by: SeenBy, settings: object) -> None:
    settings.BANK = settings.BANK.model_copy(  # type: ignore[attr-defined]
        update={"sign_in": settings.BANK.sign_in.model_copy(update={"sessions": SessionSettings(idle_minutes=5)})}  # type: ignore[attr-defined]
    )
    client = seen_by("rm1")
    _back(6)
    assert _where(client)[1].endswith("&why=idle")


@needs_browser
def test_a_page_marks_what_it_asks_by_itself(opened: Callable[..., Any]) -> None:
    page = opened("rm1")
    read = "htmx.ajax('GET', '/workbench/', {target: '#orders', select: '#orders', swap: 'outerHTML'})"
    marks = []
    page.on(
        "request", lambda asked: marks.append(asked.headers.get("x-unasked")) if "hx-request" in asked.headers else 0
    )
    page.keyboard.press("Escape")
    page.evaluate(read)
    page.clock.install()
    page.clock.fast_forward(9_000)
    page.evaluate(read)
    page.mouse.click(700, 5)
    page.evaluate(read)
    assert marks == [None, "1", None]
