from pathlib import Path

import pytest

from liuke.errors import YourMistake
from liuke.insight.tags.catalogue import read_tags

HEAD = "group: {zh: 试, en: T}\nowner: me\npurpose: service\ntags:\n"


def tag(code: str, rule: str, more: str = "") -> str:
    return f"  {code}: {{name: {{zh: 试, en: T}}, description: {{zh: 试, en: T}}, rule: {rule}{more}}}\n"


def write(folder: Path, **files: str) -> Path:
    for name, body in files.items():
        (folder / f"{name}.yaml").write_text(HEAD + body, encoding="utf-8")
    return folder


def test_a_version_follows_the_content_and_what_it_stands_on(tmp_path: Path) -> None:
    body = tag("a", "{attribute: age, value: 1}") + tag("c", "{not: {tag: b}}") + tag("b", "{not: {tag: a}}")
    before = read_tags(write(tmp_path, one=body))
    after = read_tags(write(tmp_path, one=body.replace("value: 1", "value: 2")))
    assert all(before[code].version != after[code].version for code in "abc")
    assert read_tags(tmp_path)["c"].version == after["c"].version


@pytest.mark.parametrize(
    ("body", "said", "line"),
    [
        (tag("a", "{tag: b}") + tag("b", "{tag: a}"), "tag a → tag b → tag a", 5),
        (tag("a", "{tag: c}"), "no tag is called 'c'", 5),
        (tag("a", "{segment: young}"), "no segment is called 'young'", 5),
        (tag("a", "{attribute: age, value: 1}", ", sensitivity: C1"), "says C1, but its rule reads C2", 5),
        (tag("Bad", "{attribute: age, value: 1}"), "is no code", 4),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, body: str, said: str, line: int) -> None:
    with pytest.raises(YourMistake) as caught:
        read_tags(write(tmp_path, one=body))
    assert said in caught.value.what
    assert caught.value.place is not None
    assert caught.value.place.line == line


def test_one_code_in_two_files_is_refused_naming_both(tmp_path: Path) -> None:
    body = tag("a", "{attribute: age, value: 1}")
    with pytest.raises(YourMistake, match=r"defined twice, first in one\.yaml") as caught:
        read_tags(write(tmp_path, one=body, two=body))
    assert caught.value.place is not None
    assert str(caught.value.place.file).endswith("two.yaml")
