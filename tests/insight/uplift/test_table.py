import csv

import numpy as np
import pytest

from liuke.errors import YourMistake
from liuke.insight.uplift.table import TrialRequest, read_trial


def written(folder, rows, header):
    path = folder / "trial.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([header, *rows])
    return path


HEADER = ["customer_no", "balance", "city", "arm", "drawn", "seen", "kept", "spent"]


def rows(n=40):
    arms = ["call", "none", "mail"]
    return [
        [f"C{k:04}", 100 + k, "北京" if k % 3 else "上海", arms[k % 3], "2026-03-01", "2026-04-01",
         "yes" if k % 2 else "no", round(k / 7, 2)]
        for k in range(n)
    ]  # fmt: skip


def read(engine, folder, content=None, **options):
    table = written(folder, rows() if content is None else content, HEADER)
    asked = {"treatment": "arm", "outcome": "kept", "treated": "call", "control": "none", "ids": ("customer_no",)}
    return read_trial(engine, TrialRequest(table, **(asked | options)))


def kinds(found):
    return {(f.kind, f.about) for f in found.findings}


def test_two_arms_of_several_are_compared_and_the_rest_is_told(engine, tmp_path):
    found = read(engine, tmp_path, exclude=("drawn", "seen", "spent"), chance="0.5")
    assert found.drawn == (14, 13)
    assert found.trial.names == ("balance", "city=北京")
    assert found.trial.binary
    assert found.trial.outcome.sum() == 14
    assert set(found.trial.chance) == {0.5}
    assert kinds(found) == {("no_arm", "arm")}


def test_without_a_plan_the_share_is_taken_as_it_came_out(engine, tmp_path):
    found = read(engine, tmp_path)
    assert found.planned is None
    assert found.trial.chance[0] == pytest.approx(14 / 27)
    assert ("plan_unknown", "") in kinds(found)


def test_a_number_is_an_outcome_as_it_is(engine, tmp_path):
    found = read(engine, tmp_path, outcome="spent")
    assert not found.trial.binary
    assert found.trial.outcome.max() == pytest.approx(round(39 / 7, 2))


def test_rows_without_an_outcome_are_left_out_and_counted(engine, tmp_path):
    content = rows()
    for k in (0, 1, 3):
        content[k][6] = ""
    found = read(engine, tmp_path, content)
    assert len(found.trial) == 24
    assert found.drawn == (14, 13)
    assert [f.detail for f in found.findings if f.kind == "no_outcome"] == ["3"]


def test_a_person_in_two_rows_is_told(engine, tmp_path):
    content = rows()
    content[4][0] = content[0][0]
    assert ("repeated", "customer_no") in kinds(read(engine, tmp_path, content))


def test_estimated_chances_are_none_and_said_to_be_weaker(engine, tmp_path):
    found = read(engine, tmp_path, chance="estimate")
    assert found.trial.chance is None
    assert ("estimated", "") in kinds(found)


@pytest.mark.parametrize(
    ("options", "what", "then"),
    [
        ({"treatment": "arms"}, "no column 'arms'", "arm"),
        ({"outcome": "kep"}, "no column 'kep'", "kept"),
        ({"exclude": ("balanc",)}, "no column 'balanc'", "balance"),
        ({"outcome_at": "sen", "assigned_at": "drawn"}, "no column 'sen'", "seen"),
        ({"treated": "cal"}, "no value 'cal'", "call"),
        ({"treated": None, "control": None}, "which values of 'arm'", "--treated"),
        ({"control": None}, "which values of 'arm'", "--treated"),
        ({"outcome": "city"}, "neither a number nor yes or no", "--positive"),
        ({"outcome": "city", "positive": "北经"}, "no value '北经'", "北京"),
        ({"outcome": "arm"}, "cannot be the treatment and the outcome", ""),
        ({"chance": "1.5"}, "neither a share", ""),
        ({"chance": "estimat"}, "neither a share", "estimate"),
        ({"chance": "balance"}, "not between 0 and 1", ""),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_next_step(engine, tmp_path, options, what, then):
    with pytest.raises(YourMistake, match=what) as refused:
        read(engine, tmp_path, **options)
    assert then in (refused.value.then or "")


def test_an_outcome_dated_before_its_draw_is_refused_with_the_row(engine, tmp_path):
    content = rows()
    content[6][5] = "2026-02-27"
    with pytest.raises(YourMistake, match="1 outcomes are dated before") as refused:
        read(engine, tmp_path, content, assigned_at="drawn", outcome_at="seen")
    assert ":8 [seen]" in str(refused.value.place)


def test_a_treatment_with_one_value_is_refused(engine, tmp_path):
    content = [[*row[:3], "1", *row[4:]] for row in rows()]
    with pytest.raises(YourMistake, match="one value only"):
        read(engine, tmp_path, content, treated=None, control=None)


def test_zero_and_one_or_yes_and_no_need_no_words(engine, tmp_path):
    for pair in (("1", "0"), ("是", "否"), ("TRUE", "FALSE")):
        content = [[*row[:3], pair[k % 2], *row[4:]] for k, row in enumerate(rows())]
        found = read(engine, tmp_path, content, treated=None, control=None)
        assert np.array_equal(found.trial.treated, np.arange(40) % 2 == 0)
