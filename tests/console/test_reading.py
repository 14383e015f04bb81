"""Lent engines: a table is read again only when it changed; a failed loan is not lent again."""

from datetime import date
from pathlib import Path

import pytest

from liuke.console.reading import lend
from liuke.console.reading.customers import Search, find, look_up, tier_counts
from liuke.govern.access import Scope
from liuke.tables import ACCOUNT, CUSTOMER_SNAPSHOT


def test_a_kept_table_is_read_again_only_when_the_lake_has_a_new_version(bank: Path) -> None:
    with lend() as reader:
        first = reader.kept(CUSTOMER_SNAPSHOT).get_name()
        assert reader.kept(CUSTOMER_SNAPSHOT).get_name() == first
        rows = reader.engine.arrow(reader.house.lake.scan(reader.engine, CUSTOMER_SNAPSHOT))
        reader.house.lake.replace(CUSTOMER_SNAPSHOT, rows)
        assert reader.kept(CUSTOMER_SNAPSHOT).get_name() != first


def test_what_is_derived_from_a_table_is_made_again_for_another_day_or_version(bank: Path) -> None:
    made: list[str] = []
    with lend() as reader:
        rows = reader.house.lake.scan(reader.engine, ACCOUNT)

        def name(day: date) -> str:
            return reader.derived("owners", ACCOUNT, lambda: made.append("once") or rows.limit(1), day).get_name()

        first = name(date(2026, 1, 1))
        assert name(date(2026, 1, 1)) == first
        assert name(date(2026, 1, 2)) != first
        reader.house.lake.replace(ACCOUNT, reader.engine.arrow(rows))
        assert name(date(2026, 1, 2)) != first
        assert len(made) == 3


def test_a_compiled_query_reads_what_a_new_version_holds(bank: Path) -> None:
    everybody = Scope("all", "analyst", None)
    with lend() as reader:
        rows = reader.engine.arrow(reader.house.lake.scan(reader.engine, CUSTOMER_SNAPSHOT))
        who = rows["customer_id"][0].as_py()
        found = look_up(reader, everybody, who)
        assert found == rows.slice(0, 1).to_pylist()[0]
        reader.house.lake.replace(CUSTOMER_SNAPSHOT, rows.slice(1))
        assert look_up(reader, everybody, who) is None
        reader.house.lake.replace(CUSTOMER_SNAPSHOT, rows)
        assert look_up(reader, everybody, who) == found
        assert look_up(reader, Scope("nobody", "analyst", frozenset()), who) is None


def test_the_same_engine_is_lent_again_and_one_that_failed_is_not(bank: Path) -> None:
    with lend() as first:
        pass
    with lend() as second:
        assert second is first
    with pytest.raises(ZeroDivisionError), lend():
        raise ZeroDivisionError
    with lend() as third:
        assert third is not first


def test_a_scope_without_rows_finds_nothing_by_any_search(bank: Path) -> None:
    nobody = Scope("nobody", "analyst", frozenset())
    with lend() as reader:
        everything = find(reader, Scope("all", "analyst", None), Search())
        assert everything.total > 0
        assert find(reader, nobody, Search()).total == 0
        assert look_up(reader, nobody, everything.rows[0]["customer_id"]) is None
        assert tier_counts(reader, nobody, Search()) == {}


def test_the_tiers_counts_add_up_to_the_warned(bank: Path) -> None:
    everybody = Scope("all", "analyst", None)
    with lend() as reader:
        counts = tier_counts(reader, everybody, Search())
        assert sum(n for n, _aum in counts.values()) == find(reader, everybody, Search(tier="any")).total


def test_answers_asked_lately_stay_and_those_of_another_version_go(bank: Path) -> None:
    made: list[str] = []

    def ask(question: str) -> str:
        with lend() as reader:
            rows = reader.house.lake.scan(reader.engine, CUSTOMER_SNAPSHOT).limit(1)
            answer = reader.answers(date(2026, 1, 1))
            return answer(question, lambda: made.append(question) or reader.engine.materialise(rows)).get_name()

    first = ask("a")
    assert ask("a") == first
    for n in range(8):
        ask(f"other {n}")
    assert ask("a") != first
    assert made.count("a") == 2
    with lend() as reader:
        rows = reader.engine.arrow(reader.house.lake.scan(reader.engine, ACCOUNT))
        reader.house.lake.replace(ACCOUNT, rows)
    ask("a")
    assert made.count("a") == 3
