import pytest

from liuke.errors import YourMistake
from liuke.settings import BankSettings, read_settings
from liuke.yaml_file import Document, load_yaml


class Leaf(Document):
    amount: int


class Tree(Document):
    leaves: tuple[Leaf, ...] = ()
    named: dict[str, Leaf] | None = None
    one: Leaf | None = None


def mistake(tmp_path, text, model=Tree):
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(YourMistake) as caught:
        load_yaml(path, model)
    return caught.value


def test_an_unknown_key_names_its_line_and_the_nearest_name(tmp_path):
    error = mistake(tmp_path, "leaves:\n  - amount: 1\n  - amuont: 2\n")
    assert "unknown key 'amuont'; did you mean 'amount'?" in error.what
    assert error.place.line in (3,)


def test_keys_inside_dictionaries_and_optional_parts_are_explained_too(tmp_path):
    assert "did you mean 'amount'?" in mistake(tmp_path, "named:\n  a: {amunt: 1}\n").what
    assert "did you mean 'amount'?" in mistake(tmp_path, "one:\n  amunt: 1\n").what


def test_a_wrong_type_names_line_and_key(tmp_path):
    error = mistake(tmp_path, "leaves:\n  - amount: 1\n  - amount: many\n")
    assert (error.place.line, error.place.column) == (3, "leaves.1.amount")


def test_broken_yaml_names_the_line(tmp_path):
    assert mistake(tmp_path, "leaves: [1,\n  2\n").place.line is not None


def test_text_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes("name: 留客".encode("gbk"))
    with pytest.raises(YourMistake, match="not UTF-8"):
        load_yaml(path, Tree)


def test_a_folder_without_settings_is_no_bank_home(tmp_path):
    with pytest.raises(YourMistake, match="liuke init"):
        read_settings(tmp_path)


def test_an_unknown_time_zone_is_refused(tmp_path):
    error = mistake(tmp_path, "name: {zh: 行, en: Bank}\ntime_zone: Asia/Shanghia\n", BankSettings)
    assert "Asia/Shanghia" in error.what
    assert error.place.line == 2


def test_a_folder_in_place_of_a_file_is_the_users_mistake(tmp_path):
    with pytest.raises(YourMistake, match="cannot be read"):
        load_yaml(tmp_path, Tree)


def test_control_characters_are_refused_with_what_to_do(tmp_path):
    error = mistake(tmp_path, "leaves: a\x00b\n")
    assert "not valid YAML" in error.what
    assert error.then
