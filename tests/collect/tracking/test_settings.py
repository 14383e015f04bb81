import pytest

from liuke.collect.tracking.events_file import EventsFile, read_events
from liuke.collect.tracking.settings import CollectSettings, read_collect
from liuke.errors import YourMistake
from liuke.yaml_file import parse_yaml
from tests.architecture.test_names import REPO

EVENT = "  - event: {0}\n    name: {{zh: 甲, en: A}}\n    aliases: {{{1}: [Tapped]}}\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("projects:\n  - name: app\n    keyz: [k]\n", 3, "did you mean 'keys'"),
        ("projects:\n  - name: app\n    keys: ['']\n", 3, "a key is empty"),
        ("projects:\n  - {name: a, keys: [k]}\n  - {name: b, keys: [k]}\n", 1, "projects a and b share a key"),
        ("projects:\n  - {name: a, keys: [k]}\n  - {name: a, keys: [l]}\n", 1, "the same name"),
        ("projects:\n  - name: a\n    keys: [k]\n    customer_ids: '[0-9'\n", 4, "not a regular expression"),
        ("projects:\n  - {name: a, keys: [k]}\nlog:\n  fsync: never\n", 4, "always"),
        ("projects:\n  - {name: a, keys: [k]}\nkafka: {brokers: b, topics: [t], project: c}\n", 1, "no project 'c'"),
        ("projects: []\n", 1, "at least 1"),
    ],
)
def test_a_mistake_in_the_settings_is_told_with_its_line(text, line, said):
    with pytest.raises(YourMistake) as caught:
        parse_yaml(text, CollectSettings, "collect.yaml")
    assert said in str(caught.value)
    assert caught.value.place.line == line


def test_two_events_may_not_claim_the_same_name_of_a_client(tmp_path):
    (tmp_path / "a.yaml").write_text("events:\n" + EVENT.format("one", "segment"), encoding="utf-8")
    (tmp_path / "b.yaml").write_text("events:\n" + EVENT.format("two", "any"), encoding="utf-8")
    with pytest.raises(YourMistake, match=r"'Tapped' is claimed by two and by one in a\.yaml"):
        read_events(tmp_path)


def test_the_same_name_of_two_vendors_may_mean_two_things(tmp_path):
    text = "events:\n" + EVENT.format("one", "segment") + EVENT.format("two", "posthog")
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    assert [e.event for e in read_events(tmp_path)] == ["one", "two"]


def test_one_property_cannot_become_two():
    text = "events:\n  - event: a\n    name: {zh: 甲, en: A}\n    properties:\n"
    text += "      x: {sources: [q]}\n      y: {sources: [q]}\n"
    with pytest.raises(YourMistake, match="'q' would become both x and y"):
        parse_yaml(text, EventsFile, "events.yaml")


def test_a_home_without_the_file_is_told_what_to_do(tmp_path):
    with pytest.raises(YourMistake, match="liuke init"):
        read_collect(tmp_path)


def test_the_shipped_example_is_valid():
    assert {p.name for p in read_collect(REPO / "examples" / "bank").projects} == {"app", "web"}
    assert len(read_events(REPO / "examples" / "bank" / "events")) >= 4
