"""What load balancers ask, and the card on the data page."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from liuke.state.models import Branch, Run

SeenBy = Callable[[str], Client]


def test_a_process_that_serves_is_live_and_ready_and_says_no_more(seen_by: SeenBy) -> None:
    stranger = Client()
    assert stranger.get("/health/live/").json() == {"status": "live"}
    assert stranger.get("/health/ready/").json() == {"status": "ready"}


def test_without_its_database_it_lives_but_is_not_ready(
    seen_by: SeenBy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def away() -> bool:
        raise DatabaseError

    monkeypatch.setattr(Branch.objects, "exists", away)
    answer = Client().get("/health/ready/")
    assert (answer.status_code, answer.json()) == (503, {"status": "not_ready", "reasons": ["state"]})
    assert Client().get("/health/live/").status_code == 200


def test_the_data_page_tells_what_looks_wrong(seen_by: SeenBy) -> None:
    analyst = seen_by("analyst")
    Run.objects.create(as_of=date(2026, 11, 30), started_at=timezone.now(), status="failed")
    assert "最近一次日批失败" in analyst.get("/data/").content.decode()
