"""The state database's URL."""

from pathlib import Path

import pytest

from liuke.errors import YourMistake
from liuke.wiring.state_url import database_of

TEST = Path("test.sqlite3")


@pytest.mark.parametrize(
    ("url", "home", "name"),
    [
        ("sqlite:///state.sqlite3", Path("/bank"), "/bank/state.sqlite3"),
        ("sqlite:///data/state.sqlite3", Path("/bank"), "/bank/data/state.sqlite3"),
        ("sqlite:////var/x.sqlite3", Path("/bank"), "/var/x.sqlite3"),
        ("sqlite:////var/x.sqlite3", None, "/var/x.sqlite3"),
        ("sqlite:///state.sqlite3", None, ":memory:"),
    ],
)
def test_a_sqlite_url_is_relative_to_the_home_unless_absolute(url: str, home: Path | None, name: str) -> None:
    entry = database_of(url, home, TEST)
    assert entry["NAME"] == name
    assert entry["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_a_postgresql_url_is_taken_apart_and_its_query_goes_to_libpq() -> None:
    entry = database_of("postgresql://liu:p%40ss@db.bank:5433/liuke?sslmode=require", None, TEST)
    assert [entry[k] for k in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
        "liuke",
        "liu",
        "p@ss",
        "db.bank",
        "5433",
    ]
    assert entry["OPTIONS"]["sslmode"] == "require"


def test_how_postgresql_plans_is_ours_unless_the_address_says_otherwise() -> None:
    assert "random_page_cost" in database_of("postgresql://u@h/n", None, TEST)["OPTIONS"]["options"]
    assert database_of("postgresql://u@h/n?options=", None, TEST)["OPTIONS"]["options"] == ""


@pytest.mark.parametrize("url", ["mysql://x/y", "state.sqlite3", "postgresql://host"])
def test_any_other_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(YourMistake, match="or postgresql://") as refused:
        database_of(url + "?password=geheim", None, TEST)
    assert "geheim" not in str(refused.value)
