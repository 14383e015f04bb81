"""Making log-ins."""

from datetime import UTC, datetime
from typing import Any

import pytest

from liuke.errors import YourMistake
from liuke.sign_in_settings import SessionSettings
from liuke.state import sign_ins
from liuke.state.accounts import ensure_user
from liuke.state.models import SignIn, User

GOOD = "correct-horse-battery"


def test_an_rm_takes_name_and_branch_from_the_staff_table(bank: None) -> None:
    user = ensure_user("lu", role="rm", staff_id="S1", password=GOOD)
    assert (user.display_name, user.branch_id, user.staff_id) == ("陆晓楠", "NJ", "S1")
    assert user.check_password(GOOD)
    assert user.password.startswith("argon2")


def test_the_same_call_twice_changes_nothing_and_another_changes_what_it_names(bank: None) -> None:
    first = ensure_user("an", role="analyst", branch_id="HQ", password=GOOD)
    assert ensure_user("an", role="analyst", branch_id="HQ", password=GOOD).password == first.password
    ensure_user("an", role="compliance", branch_id="JS", password=None)
    user = User.objects.get()
    assert (user.role, user.branch_id, user.password) == ("compliance", "JS", first.password)


def test_another_role_or_password_ends_the_persons_sessions_and_a_new_name_to_show_does_not(bank: None) -> None:
    user = ensure_user("an", role="analyst", branch_id="HQ", password=GOOD)
    now, terms = datetime.now(UTC), SessionSettings()

    def ends(**changes: Any) -> bool:
        row = sign_ins.begin(user, f"k{SignIn.objects.count()}", now, terms, address="::1", way="password")
        ensure_user("an", **{"role": "analyst", "branch_id": "HQ", "password": None, **changes})
        row.refresh_from_db()
        return row.ended_at is not None

    assert [ends(display_name="安"), ends(password=GOOD), ends(role="compliance"), ends(), ends(password=GOOD * 2)] == [
        False, False, True, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"role": "analyts", "password": GOOD}, "did you mean 'analyst'"),
        ({"role": "rm", "password": GOOD, "branch_id": "NJ"}, "needs a staff id"),
        ({"role": "rm", "password": GOOD, "staff_id": "S9"}, "no member of staff 'S9'"),
        ({"role": "analyst", "password": GOOD}, "needs a branch"),
        ({"role": "analyst", "password": GOOD, "branch_id": "NJ2"}, "did you mean 'NJ'"),
        ({"role": "analyst", "password": "12345", "branch_id": "HQ"}, "too easy"),
    ],
)
def test_what_cannot_be_a_log_in_is_refused(bank: None, arguments: dict[str, str], message: str) -> None:
    with pytest.raises(YourMistake, match=message):
        ensure_user("x", **arguments)  # type: ignore[arg-type]
    assert not User.objects.exists()


def test_a_staff_id_has_one_log_in(bank: None) -> None:
    ensure_user("lu", role="rm", staff_id="S1", password=None)
    with pytest.raises(YourMistake, match="belongs to the log-in 'lu'"):
        ensure_user("lu2", role="rm", staff_id="S1", password=None)


def test_a_log_in_without_a_password_cannot_be_used(bank: None) -> None:
    assert not ensure_user("lu", role="rm", staff_id="S1", password=None).has_usable_password()
