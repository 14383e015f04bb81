"""What a rule would have done in the past: nothing later than the last day enters, only the bank's customers count."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from liuke.lake import Lake
from liuke.tables import EVENT
from tests.console import small_bank
from tests.streaming.living_bank import LIUKE, clean

DAY = small_bank.last_day()


def searched(customer: str, days_ago: int, number: int, keyword: str = "提前还款") -> dict[str, Any]:
    at = datetime(DAY.year, DAY.month, DAY.day, 4, number, tzinfo=UTC) - timedelta(days=days_ago)
    return {
        "event_id": f"{customer}-{days_ago}-{number}", "customer_id": customer, "anonymous_id": None, "occurred_at": at,
        "event_name": "search", "channel": "app", "session_id": None,
        "properties": json.dumps({"keyword": keyword}, ensure_ascii=False),
    }  # fmt: skip


@pytest.fixture(scope="module")
def home(living_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Path(shutil.copytree(living_home, tmp_path_factory.mktemp("replay") / "bank"))
    number = small_bank._number
    rows = [
        *(searched(number(0), 20, n) for n in range(3)),  # three in a day
        *(searched(number(2), 20, n) for n in range(2)),  # too few
        *(searched(number(4), 20, n, "理财") for n in range(3)),  # another word
        *(searched("99999999", 20, n) for n in range(3)),  # not a customer
        *(searched(number(6), 12, n) for n in range(2)), searched(number(6), 9, 5),  # the third after the last day
        *(searched(number(8), 12, n) for n in range(2)), searched(number(8), 10, 2),  # the third on the last day
        *(searched(number(10), 40, n) for n in range(3)),  # before the first day
    ]  # fmt: skip
    Lake(made / "lake").append(EVENT, small_bank._arrow(EVENT, rows), commit_id="test:searches")
    return made


def replayed(home: Path, rule: str, first: int, last: int) -> dict[str, Any]:
    span = ["--from", str(DAY - timedelta(days=first)), "--to", str(DAY - timedelta(days=last))]
    command = [str(LIUKE), "replay", rule, *span, "--home", str(home), "--json"]
    done = subprocess.run(command, env=clean(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_matches_of_the_days_asked_for_are_counted_with_their_customers_and_desks(home):
    found = replayed(home, "prepay_search", 30, 10)
    assert (found["matches"], found["customers"], found["desks"]) == (2, 2, 1)
    assert {match["customer_id"] for match in found["newest"]} == {small_bank._number(0), small_bank._number(8)}
    assert found["newest"][0]["customer_id"] == small_bank._number(8)
    assert found["newest"][0]["evidence"]
    assert found["share"] == pytest.approx(2 / small_bank.PEOPLE)
    assert (found["busiest"], found["most_per_desk_day"], found["too_wide"]) == (1, 1, "")
    assert found["by_day"] == [[str(DAY - timedelta(days=n)), 1] for n in (20, 10)]
    assert found["by_desk"] == [["S1", 2]]


def test_what_came_before_the_first_day_still_fills_windows_and_cool_downs(home):
    assert replayed(home, "prepay_search", 50, 0)["matches"] == 4
    assert replayed(home, "prepay_search", 11, 10)["matches"] == 1


def test_a_rule_for_nearly_everybody_is_told_to_be_too_wide(home):
    text = (home / "triggers" / "prepay_search.yaml").read_text(encoding="utf-8")
    wide = text.split("condition:")[0] + "max_share: 0.02\ncondition: {when: transaction}\n"
    (home / "triggers" / "wide.yaml").write_text(wide, encoding="utf-8")
    found = replayed(home, "wide", 60, 0)
    assert found["customers"] > 50
    assert "more than its 2.0%" in found["too_wide"]
    assert found["events"] > 500


def test_facts_of_the_core_systems_are_replayed_as_the_core_feed_tells_them(home):
    """Every fifth customer of the small bank loses assets, every eleventh complains; some do both."""
    found = replayed(home, "complaint_then_outflow", 60, 0)
    assert found["events"] > 10
    assert 0 < found["customers"] <= 90 / 11 + 1
    assert all(
        evidence.startswith(("complaint:", "balance:")) for match in found["newest"] for evidence in match["evidence"]
    )


def test_an_unknown_rule_is_told_with_the_nearest_name(home):
    command = [str(LIUKE), "replay", "prepay_serach", "--from", "2026-01-01", "--to", "2026-01-02", "--home", str(home)]
    done = subprocess.run(command, env=clean(), capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "prepay_search" in done.stderr


ASKED = """
import sys
from datetime import date
from liuke.wiring import open_house
from liuke.wiring.state import start_state
start_state(open_house().home)
from django.utils import timezone
from liuke.act.triggers import read_triggers
from liuke.act.bank_file import RULE_FILES
from liuke.govern.access import Scope
from liuke.state.actions.change_order import Who
from liuke.state.actions.replay_rule import ask_replay
from liuke.state.models import RuleReplay
from liuke.streaming.replay_job import run_job
from liuke.streaming.rules import catalogue_of
house = open_house()
who = Who(Scope("analyst", "analyst", None), timezone.now())
rule = read_triggers(house.home, catalogue_of(house.home)).every["prepay_search"]
for stop in (False, True):
    asked = ask_replay(who, rule, RULE_FILES.read(house.home, rule.code), *map(date.fromisoformat, sys.argv[1:]))
    RuleReplay.objects.filter(pk=asked.pk).update(stop=stop)
    run_job(house, asked.pk)
    asked.refresh_from_db()
    print(asked.state, asked.finished_at is not None, asked.result and asked.result["matches"], asked.events)
"""


def test_one_asked_for_in_the_console_ends_with_its_result_or_when_it_is_stopped(home):
    span = [str(DAY - timedelta(days=30)), str(DAY - timedelta(days=10))]
    done = subprocess.run([sys.executable, "-c", ASKED, *span], env=clean() | {"LIUKE_HOME": str(home)},
                          capture_output=True, text=True, check=True)  # fmt: skip
    first, second = done.stdout.split("\n")[:2]
    assert first.split()[:3] == ["done", "True", "2"]
    assert second.split()[:3] == ["stopped", "True", "None"]
