"""Where an application stands after steps on any channel, in whatever order they become known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from liuke.act.progress.application import EVENT_NAMES, Ended, Standing, Step, checked, event_of, step_of, taken
from liuke.errors import YourMistake

NOW = datetime(2026, 11, 30, 2, 0, 0, 123, tzinfo=UTC)
BEGUN = Standing("loan_application", "form", "app", "started", NOW)


def step(minutes: int, name: str = "application_step", stage: str = "identity", **more: object) -> Step:
    return Step(f"e{minutes}", name, NOW + timedelta(minutes=minutes), "branch", stage, **more)  # type: ignore[arg-type]


def test_a_step_on_another_channel_moves_the_application_there() -> None:
    after = taken(BEGUN, step(5))
    assert (after.stage, after.channel, after.status, after.version) == ("identity", "branch", "in_progress", 1)


def test_where_it_stands_does_not_depend_on_the_order_in_which_steps_arrive() -> None:
    steps = [step(1), step(2, stage="documents"), step(3, "application_submitted", "documents")]
    found = set()
    for order in permutations(steps):
        standing = BEGUN
        for each in order:
            standing = taken(standing, each)
        found.add((standing.stage, standing.status, standing.at, standing.version))
    assert found == {("documents", "submitted", steps[2].at, 3)}


def test_signing_after_approval_leaves_it_approved_and_a_new_submission_is_one() -> None:
    approved = taken(BEGUN, step(1, "application_status", "review", status="approved"))
    assert taken(approved, step(2, stage="signing")).status == "approved"
    more = taken(BEGUN, step(1, "application_status", "documents", status="needs_more"))
    assert taken(more, step(2, stage="documents")).status == "in_progress"


@pytest.mark.parametrize("end", ["completed", "rejected", "withdrawn"])
def test_after_its_end_nothing_is_taken(end: str) -> None:
    ended = taken(BEGUN, step(1, f"application_{end}"))
    assert ended.ended
    with pytest.raises(Ended):
        taken(ended, step(2))


@pytest.mark.parametrize(
    "wrong",
    [
        {"event_id": ""}, {"event_id": "a b"}, {"event_id": "x" * 65}, {"channel": "fax"}, {"name": "application"},
        {"status": "approved"}, {"name": "application_status"}, {"fields": ("13800005678",)}, {"fields": ("a b",)},
        {"fields": ("loginPassword",)}, {"fields": ("x",) * 61}, {"fields": ("a" * 41,)},
        {"fields": ("n13800005678",)}, {"fields": ("张三",)},
    ],
)  # fmt: skip
def test_what_must_not_be_recorded_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(YourMistake) as told:
        checked(replace(step(1), **wrong))  # type: ignore[arg-type]
    assert told.value.state == "nothing was recorded"
    assert "13800005678" not in told.value.render()


def test_a_step_becomes_the_event_of_the_stream_and_is_read_back_from_it() -> None:
    one = checked(step(1, fields=("income", "employer")))
    event = event_of(one, "A1", "loan_application", "C1", NOW)
    assert (event.name, event.channel, event.customer_id) == ("application_step", "branch", "C1")
    assert event.properties == {
        "application": "A1", "journey": "loan_application", "stage": "identity", "fields": "income,employer",
        "status": "in_progress",
    }  # fmt: skip
    assert event.occurred_at == 1_000_000 * int(one.at.timestamp()) + 123
    assert step_of(event.name, event.event_id, one.at, event.channel, event.properties) == one


def test_events_that_tell_of_no_step_are_none() -> None:
    assert step_of("login", "e", NOW, "app", {}) is None
    assert step_of("application_step", "e", NOW, "app", {"fields": "password"}) is None
    assert step_of("application_status", "e", NOW, "app", {"status": "unheard"}) is None
    assert all(step_of(n, "e", NOW, None, {"status": "approved"}) for n in EVENT_NAMES)
