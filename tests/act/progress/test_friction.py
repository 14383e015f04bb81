"""One application's friction: switches, data typed in again, waits."""

from datetime import UTC, datetime, timedelta

from liuke.act.progress.application import Step
from liuke.act.progress.friction import friction

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def step(hours: int, channel: str, *fields: str) -> Step:
    return Step(f"e{hours}", "application_step", NOW + timedelta(hours=hours), channel, "form", fields)


def test_what_is_typed_in_again_on_another_channel_is_named_once() -> None:
    steps = [
        step(0, "app", "income", "mobile"), step(1, "app", "address"), step(50, "branch", "mobile", "income"),
        step(51, "branch", "income"), step(52, "app", "purpose"),
    ]  # fmt: skip
    found = friction(steps)
    assert (found.switches, found.again, found.longest) == (2, ("mobile", "income"), timedelta(hours=49))


def test_what_the_banks_systems_tell_is_no_change_of_channel() -> None:
    told = Step("s", "application_status", NOW + timedelta(hours=2), "other", "review", (), "approved")
    assert friction([step(0, "app"), told, step(3, "app")]).switches == 0
    assert friction([step(0, "app"), told, step(3, "branch")]).switches == 1


def test_one_step_alone_has_none() -> None:
    assert friction([step(0, "app", "income")]) == friction([]) == friction([step(1, "app")])
