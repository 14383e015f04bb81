from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from liuke.lake import Lake
from liuke.tables import CUSTOMER_SNAPSHOT, DECISION, OUTCOME

DAY = date(2026, 3, 1)
_ENV = {"COLUMNS": "160", **{k: v for k, v in os.environ.items() if k == "PYTHONPATH"}}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "liuke.yaml").write_text("name: {zh: 样例银行, en: Sample Bank}\n", encoding="utf-8")
    (tmp_path / "calendar.csv").write_text("date,workday,note\n2026-03-02,1,\n", encoding="utf-8")
    return tmp_path


def liuke(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "liuke", "effect", "--home", str(home), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=_ENV)


def filled(home: Path) -> None:
    lake, now = Lake(home / "lake"), datetime(2026, 3, 2, 1, tzinfo=UTC)
    decisions, outcomes = [], []
    for i in range(400):
        arm = "holdout" if i % 2 else "treated"
        kept = i % 10 != 0 if arm == "treated" else i % 3 != 0
        decisions.append(
            {
                "loop_id": f"L{i}", "as_of": DAY, "decided_at": now, "customer_id": f"C{i}", "experiment": "rm_care",
                "arm": arm, "draw": 0.1, "holdout_share": 0.5, "candidates": "[]", "tier": "red", "score": 0.5,
                "aum": Decimal("10000.00"), "policy_version": "v",
            }
        )  # fmt: skip
        outcomes.append(
            {
                "loop_id": f"L{i}", "customer_id": f"C{i}", "horizon_days": 30, "matured_on": DAY + timedelta(30),
                "retained": kept, "aum": Decimal(0), "aum_kept_share": 1.0 if kept else 0.1, "transactions_30": 1,
            }
        )  # fmt: skip
    seen = {
        "as_of": DAY + timedelta(days=40), "customer_id": "C1", "products": 1, "aum": Decimal(1), "aum_30": Decimal(1),
        "score": 0.1, "tier": "none", "frequency_severity": 0.0, "balance_severity": 0.0, "complaint_severity": 0.0,
        "recency_severity": 0.0,
    }  # fmt: skip
    for table, rows in ((DECISION, decisions), (OUTCOME, outcomes), (CUSTOMER_SNAPSHOT, [seen])):
        lake.append(table, pa.Table.from_pylist(rows, schema=table.arrow), commit_id="t")


def test_the_effect_is_printed_as_json_with_intervals(home: Path) -> None:
    filled(home)
    done = liuke(home, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["as_of"], report["horizon_days"], report["treated"]["measured"]) == ("2026-04-10", 30, 200)
    assert report["treated"]["retained_share"]["estimate"] == pytest.approx(0.8)
    assert report["difference"]["low"] > 0
    assert report["saved_customers"]["estimate"] == pytest.approx(200 * report["difference"]["estimate"])
    assert report["findings"][0]["code"] == "effect_found"


def test_the_effect_is_shown_in_the_banks_language(home: Path) -> None:
    filled(home)
    chinese = liuke(home).stdout
    assert "干预组" in chinese
    assert "挽留客户数" in chinese
    (home / "liuke.yaml").write_text("name: {zh: 样例, en: Sample}\nlocale: en\n", encoding="utf-8")
    assert "Customers saved" in liuke(home).stdout


def test_before_maturity_nothing_is_known_and_nothing_is_zero(home: Path) -> None:
    filled(home)
    report = json.loads(liuke(home, "--json", "--as-of", "2026-03-20").stdout)
    assert (report["difference"], report["saved_aum"], report["treated"]["immature"]) == (None, None, 200)


def test_a_home_without_a_run_and_an_unknown_horizon_say_what_to_do(home: Path) -> None:
    empty = liuke(home)
    assert empty.returncode == 2
    assert "liuke run --as-of" in empty.stderr
    wrong = liuke(home, "--horizon", "45")
    assert wrong.returncode == 2
    assert "one of 30, 60, 90" in wrong.stderr


def test_the_report_is_one_file_that_needs_nothing_else(home: Path) -> None:
    filled(home)
    for lang, heading in (("zh", "成效报告"), ("en", "Effect report")):
        file = home / f"{lang}.html"
        done = liuke(home, "--report", str(file), "--period", "all", "--lang", lang)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == f"2026-04-10: {file}"
        text = file.read_text(encoding="utf-8")
        assert heading in text
        assert "@page" in text
        assert not re.search(r"""(src|href)=|url\(|https?://(?!www\.w3\.org)""", text)
        assert "<script" not in text


def test_a_report_of_an_unknown_period_or_language_says_what_there_is(home: Path) -> None:
    filled(home)
    for option, wrong, known in (("--period", "years", "year"), ("--lang", "fr", "zh or en")):
        done = liuke(home, "--report", str(home / "r.html"), option, wrong)
        assert done.returncode == 2
        assert known in done.stderr
    assert not (home / "r.html").exists()
