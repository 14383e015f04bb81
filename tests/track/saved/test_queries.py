from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from liuke.act.withheld import Withheld
from liuke.engine import named
from liuke.tables import DECISION, OUTCOME
from liuke.track.outcomes import OutcomePolicy
from liuke.track.saved.board import Terms
from liuke.track.saved.queries import QUERIES, Query, query_text
from liuke.track.saved.units import Asked

from .conftest import DECIDED, PRICES, Told, at

DAY = DECIDED + timedelta(days=60)
TERMS = Terms(Asked(DAY, 30, PRICES), "rm_care", OutcomePolicy(), held=Withheld("global", 0.1, "s"))


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_names_the_tables_of_the_lake_and_the_day(query: Query) -> None:
    text = query_text(query, TERMS, at(DAY), DECIDED)
    assert text.startswith(("SELECT", "WITH"))
    assert '"decision"' in text or '"customer"' in text
    assert str(DAY) in text or "MAKE_DATE(2026, 4, 30)" in text


def test_the_text_shown_gives_the_figures_shown(bank: Told) -> None:
    """Run by hand over the two tables, as a statistician of the bank would."""
    import duckdb

    bank.many("a", "treated", 30, 10)
    bank.many("a", "holdout", 12, 8)
    decision, outcome = (bank.engine.arrow(bank.table(table)) for table in (DECISION, OUTCOME))
    line: Any = duckdb.connect()
    line.register("decision", decision)
    line.register("outcome", outcome)
    rows = line.sql(query_text("main", TERMS, at(DAY))).to_arrow_table().to_pylist()
    found = bank.board(DAY).main
    by_arm = {row["arm"]: row for row in rows}
    assert int(by_arm["treated"]["measured"]) == found.treated.measured == 40
    assert by_arm["holdout"]["w1_retained"] == found.holdout.moments.weighted[0, 1] == 12


def test_a_named_table_has_no_rows_to_run_over() -> None:
    with pytest.raises(Exception, match="backend"):
        named("decision", DECISION.arrow).execute()
