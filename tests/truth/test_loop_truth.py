"""The simulation plants an effect; the product must find it: one seed in every run of the tests, three at night.

The hundred-seed version is benchmarks/known_truth.py.
"""

import json
import subprocess
import sys

import pytest

from liuke.cli.effect import last_run
from liuke.insight.known import bank_tables
from liuke.tables import DECISION, OUTCOME
from liuke.track.saved.bank_terms import bank_terms
from liuke.track.saved.board import saved_board
from liuke.wiring import open_house
from tests.night import nightly

pytestmark = pytest.mark.truth


def demo(folder, seed, *options):
    """A demo's figures, of a bank of nine months."""
    asked = ("demo", "--no-serve", "--months", "9", "--seed", str(seed), "--end", "2026-06-30", *options)
    return said(*asked, "--home", str(folder / "home"))


def said(*asked):
    """What a command prints as JSON."""
    command = [sys.executable, "-m", "liuke", *asked, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def saved(home):
    """The effect board of a bank home over all time, as of its last run."""
    house = open_house(home)
    with house.on("duckdb").engine() as engine:
        day = last_run(house, engine)
        terms = bank_terms(house.home, day, "all").terms
        decisions, outcomes = (house.lake.scan(engine, table) for table in (DECISION, OUTCOME))
        tables = bank_tables(house.lake, engine, house.as_of(day), house.zone)
        return saved_board(engine, decisions, outcomes, tables, terms)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=nightly) for seed in (2, 3))])
def test_the_interval_covers_the_true_effect(tmp_path, seed):
    # A batch day costs more time than two thousand customers: few days, many customers.
    found = demo(tmp_path, seed, "--every", "28", "--customers", "4000", "--loop-only")
    assert found["measured"]["treated"] > 100
    assert found["measured"]["holdout"] > 20
    assert found["effect"]["low"] <= found["true_effect"] <= found["effect"]["high"]
    assert found["covered"] is True
    # The registry reads the same draw: its interval, which may be looked at every day, covers the truth too.
    read = said("experiments", "read", "draw_rm_care", "--home", str(tmp_path / "home"))
    [kept] = [metric for metric in read["metrics"] if metric["metric"] == "retained_30"]
    assert kept["units"] == found["measured"]["treated"] + found["measured"]["holdout"]
    assert kept["fixed"]["low"] <= found["true_effect"] <= kept["fixed"]["high"]
    wide = kept["always_valid"] or kept["fixed"]
    assert wide["low"] <= found["true_effect"] <= wide["high"]
    assert read["saved_aum"] is None or read["saved_aum"]["low"] <= read["saved_aum"]["high"]
    board = saved(tmp_path / "home")
    assert board.main.treated.measured == found["measured"]["treated"]
    true_saves = found["true_effect"] * board.main.treated.measured
    assert board.main.saves.low <= true_saves <= board.main.saves.high
    assert board.steps[-1].so_far.saves == board.main.saves
    assert sum(row.raw.treated.measured for row in board.branches) == board.main.treated.measured


@nightly  # two whole demos take minutes; that a seed makes one bank is also tested in tests/sim
def test_the_same_seed_gives_the_same_figures_with_the_loop_alone_and_with_all_that_is_shown_beside_it(tmp_path):
    few = ("--every", "28", "--customers", "800")
    first, second = demo(tmp_path / "a", 5, *few), demo(tmp_path / "b", 5, *few, "--loop-only")
    assert first["decided"] > first["held_out"] > 0
    assert {k: v for k, v in first.items() if k != "seconds"} == {k: v for k, v in second.items() if k != "seconds"}


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "mine.txt").write_text("mine")
    command = [sys.executable, "-m", "liuke", "demo", "--no-serve", "--home", str(tmp_path / "home")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no demo made" in done.stderr
    assert [p.name for p in (tmp_path / "home").iterdir()] == ["mine.txt"]
