"""The demo's applications: through the real actions, at every kind of standing, one of them open to its customer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from liuke.cli.demo.applying import make_applications
from liuke.state.actions.look_up_code import look_up_by_customer
from liuke.state.models import Application, ApplicationStep
from liuke.wiring import open_house
from tests.api.conftest import bank_home, bank_rows
from tests.state_rows import Rows, put

__all__ = ["bank_home", "bank_rows"]


@pytest.mark.django_db
def test_the_demo_has_applications_under_way_stalled_and_ended(bank_home: tuple[Path, Path], bank_rows: Rows) -> None:
    put(bank_rows)
    house, now = open_house(bank_home[0]), datetime.now(UTC)
    handed = make_applications(house, "S1", now)
    assert handed
    assert {row.status for row in Application.objects.all()} == {
        "in_progress", "approved", "completed", "started", "withdrawn",
    }  # fmt: skip
    assert ApplicationStep.objects.filter(batch=None).count() == ApplicationStep.objects.count() > 15
    assert set(Application.objects.values_list("staff_id", flat=True)) == {"S1"}
    row = look_up_by_customer(handed.code, handed.digits, house.pseudonym_key(), now, "127.0.0.1")
    assert (row.application_id, row.stage, row.channel) == ("DEMO-1", "documents", "branch")
    assert make_applications(house, "nobody", now) is None
