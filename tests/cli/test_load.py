"""`liuke load` as a person runs it: exit codes, order, report, and the public Berka data end to end."""

import json

import pytest
from typer.testing import CliRunner

from liuke.cli.app import app
from liuke.cli.init import Template, write_home

BRANCH = (
    "name: org\nfiles:\n  - path: b.csv\n    table: branch\n"
    "    columns: {branch_id: id, name: name, level: {const: branch}}\n"
)
STAFF = (
    "name: a_staff\nfiles:\n  - path: s.csv\n    table: staff\n"
    "    columns: {staff_id: id, name: name, branch_id: branch, role: {const: rm}}\n"
)


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    write_home(folder, Template.BANK)
    (folder / "sources" / "z_branch.yaml").write_text(BRANCH, encoding="utf-8")
    (folder / "sources" / "a_staff.yaml").write_text(STAFF, encoding="utf-8")
    (folder / "sources" / "b.csv").write_text("id,name\nB1,总行\n", encoding="utf-8")
    (folder / "sources" / "s.csv").write_text("id,name,branch\nS1,张三丰,B1\nS2,李四,B9\n", encoding="utf-8")
    return folder


def run(*words):
    return CliRunner().invoke(app, ["load", *map(str, words)])


def test_without_names_all_sources_load_in_the_order_of_their_tables(home):
    result = run("--home", home, "--json")
    assert [r["source"] for r in json.loads(result.output)["loads"]] == ["org", "a_staff"]


def test_beyond_the_bad_share_the_exit_code_is_one_and_the_table_says_why(home):
    result = run("--home", home)
    assert result.exit_code == 1
    assert "隔离占比 50.0% 超过上限 1.0%" in result.output
    assert "s.csv:3 [branch_id]  references" in result.output


def test_a_second_run_is_a_no_op_that_says_so(home):
    run("--home", home)
    result = run("--home", home)
    assert "该批次已加载过,无变化" in result.output


def test_english_homes_get_an_english_report(home):
    settings = home / "liuke.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("locale: zh-hans ", "locale: en "), encoding="utf-8"
    )
    result = run("--home", home)
    assert "quarantined" in result.output
    assert "50.0% quarantined, over 1.0%" in result.output


def test_the_report_for_people_shows_codes_and_hides_what_may_be_a_name(home):
    mapping = STAFF.replace("role: {const: rm}", "role: role")
    (home / "sources" / "a_staff.yaml").write_text(mapping, encoding="utf-8")
    rows = "id,name,branch,role\nS1,张三丰,B1,boss\nS2,李四,B1,王小明\nS3,赵六,N0-Such-1,rm\n"
    (home / "sources" / "s.csv").write_text(rows, encoding="utf-8")
    found = [line.split() for line in run("--home", home).output.splitlines() if "s.csv:" in line]
    assert [(line[1], line[2], line[4]) for line in found] == [
        ("s.csv:2", "[role]", "boss"),
        ("s.csv:3", "[role]", "***"),
        ("s.csv:4", "[branch_id]", "***"),
    ]


def test_the_json_report_holds_no_offending_values(home):
    (home / "sources" / "s.csv").write_text("id,name,branch\nS1,,B1\nS2,李四,13812345678\n", encoding="utf-8")
    result = run("--home", home, "--json")
    [_, staff] = json.loads(result.output)["loads"]
    assert [f["rule"] for f in staff["findings"]] == ["required", "references"]
    assert "13812345678" not in result.output
    assert staff["too_bad"] == ["staff"]


def test_data_names_another_folder_for_the_files(home, tmp_path):
    (home / "sources" / "b.csv").rename(tmp_path / "b.csv")
    result = run(home / "sources" / "z_branch.yaml", "--home", home, "--data", tmp_path, "--json")
    assert json.loads(result.output)["loads"][0]["tables"][0]["accepted"] == 1


@pytest.mark.public_data
def test_the_berka_bank_loads_whole(tmp_path, public_data):
    write_home(tmp_path / "berka", Template.BERKA)
    result = run("--home", tmp_path / "berka", "--data", public_data / "berka", "--json")
    [report] = json.loads(result.output)["loads"]
    assert {t["table"]: (t["accepted"], t["quarantined"], t["duplicates"]) for t in report["tables"]} == {
        "branch": (86, 0, 0),
        "staff": (77, 0, 0),
        "product": (4, 0, 0),
        "customer": (4500, 0, 0),
        "assignment": (4500, 0, 0),
        "account": (5182, 0, 0),
        "balance_daily": (43250, 0, 0),
        "transaction": (52816, 0, 0),
    }
    assert report["backfilled"]
