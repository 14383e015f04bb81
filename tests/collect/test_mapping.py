"""Mapping files: what they may say, and how their mistakes are told."""

import pytest

from liuke.cli.init import template_folder
from liuke.collect.mapping import Source
from liuke.collect.sensitive import is_c3
from liuke.errors import YourMistake
from liuke.tables import CONTRACTS
from liuke.yaml_file import load_yaml


def read(tmp_path, text):
    path = tmp_path / "s.yaml"
    path.write_text(text, encoding="utf-8")
    return load_yaml(path, Source)


def mistake(tmp_path, text):
    with pytest.raises(YourMistake) as caught:
        read(tmp_path, text)
    return caught.value


def test_an_unknown_table_is_told_with_the_nearest_and_its_line(tmp_path):
    error = mistake(tmp_path, "name: s\nfiles:\n  - path: a.csv\n    table: transactions\n")
    assert "did you mean 'transaction'" in error.what
    assert error.place.line == 4


def test_an_unknown_contract_column_is_told_with_the_nearest(tmp_path):
    error = mistake(tmp_path, "name: s\nfiles:\n  - path: a.csv\n    table: branch\n    columns: {branch_di: x}\n")
    assert "branch has no column 'branch_di'; did you mean 'branch_id'" in error.what


def test_missing_needed_columns_are_listed(tmp_path):
    error = mistake(tmp_path, "name: s\nfiles:\n  - path: a.csv\n    table: branch\n    columns: {branch_id: x}\n")
    assert "branch also needs: name, level" in error.what


def test_a_column_has_exactly_one_origin(tmp_path):
    text = "name: s\nfiles:\n  - path: a.csv\n    table: branch\n    columns: {branch_id: {from: a, const: b}}\n"
    assert "exactly one of from, const, sql, hash" in mistake(tmp_path, text).what


def test_encodings_are_not_guessed(tmp_path):
    text = "name: s\nfiles:\n  - {path: a.csv, table: branch, csv: {encoding: auto}}\n"
    assert "not guessed" in mistake(tmp_path, text).what


@pytest.mark.parametrize("origin", ["交易密码", "{from: loginPassword}", '{sql: "upper(cvv2)"}', "{hash: [track2]}"])
def test_c3_data_is_refused_wherever_it_is_named(tmp_path, origin):
    columns = f"{{branch_id: {origin}, name: n, level: l}}"
    error = mistake(tmp_path, f"name: s\nfiles:\n  - path: a.csv\n    table: branch\n    columns: {columns}\n")
    assert "C3" in error.what


def test_c3_columns_of_a_file_never_reach_even_the_quarantine(filled):
    filled.write("c.csv", "id,password,branch\nC7,hunter2,B9\n")
    columns = {"customer_id": "id", "branch_id": "branch", "opened_on": "branch"}
    filled.load(filled.source({"table": "customer", "path": "c.csv", "columns": columns}))
    assert "hunter2" not in str(filled.rows("quarantine"))
    assert "password" not in str(filled.rows("quarantine"))


@pytest.mark.parametrize("name", ["pinyin", "spinning", "passenger", "recipient", "address", "opinion_id", "客户号"])
def test_ordinary_names_are_not_taken_for_c3(name):
    assert not is_c3(name)


def test_yaml_words_and_numbers_in_value_maps_mean_their_text(tmp_path):
    text = (
        "name: s\nfiles:\n  - path: a.csv\n    table: branch\n    columns:\n"
        "      {branch_id: x, name: n, level: {from: l, value_map: {7: head, true: branch}}}\n"
    )
    spec = read(tmp_path, text).files[0].columns["level"]
    assert spec.value_map == {"7": "head", "true": "branch"}


def test_every_contract_has_a_valid_example_in_the_bank_template():
    folder = template_folder("bank") / "sources" / "examples"
    sources = [load_yaml(path, Source) for path in sorted(folder.glob("*.yaml"))]
    assert [s.tables for s in sources] == [[name] for name in CONTRACTS]


def test_the_berka_mapping_is_valid():
    assert "transaction" in load_yaml(template_folder("berka") / "sources" / "berka.yaml", Source).tables
