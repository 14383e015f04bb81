"""The shipped segments, and every sixth tag, give the same customers on Spark as on DuckDB."""

from dataclasses import replace
from datetime import date

import ibis
import pytest

from liuke.engine import Engine
from liuke.insight.rules.compile import flags
from liuke.insight.segments.catalogue import read_segments
from liuke.insight.tags.catalogue import read_tags
from liuke.insight.tags.compute import long_rows, tags_of_day
from tests.conftest import REPO
from tests.insight import bank as b
from tests.insight.rules.asking import data_of, made_rows
from tests.night import nightly

TAGS = read_tags(REPO / "examples" / "bank" / "tags")
SEGMENTS = read_segments(REPO / "examples" / "bank" / "segments", TAGS)
NAMES = ("aum", "aum_mean_90", "in_amount_30", "out_amount_30")


def bank() -> b.Bank:
    people = [
        b.customer(f"C{n}", birth_date=date(1960 + 9 * n, 6, 30), city="杭州", registered_city="南京") for n in range(6)
    ]
    names = ("login", "search", "view_product", "apply_start")
    texts = ('{"keyword":"销户"}', "{broken", None, '{"keyword":1}')
    return {
        "customer": people,
        "account": [b.account(f"A{n}", f"C{n}", account_type=("current", "wealth", "loan")[n % 3]) for n in range(6)],
        "transaction": [
            b.transaction(n * 3 % 60, f"A{n % 5}", amount=n * 9_000, direction=("in", "out")[n % 2],
                          transaction_type=("salary", "card", "transfer")[n % 3], counterparty_bank=(None, "x")[n % 2])
            for n in range(40)
        ],
        "event": [
            b.row("event", event_id=f"E{n}", customer_id=f"C{n % 4}", event_name=names[n % 4], properties=texts[n % 3],
                  occurred_at=b.at(b.ago(n)), channel="app")
            for n in range(30)
        ],
        "complaint": [b.complaint(n, f"C{n}", resolved_at=b.at(b.ago(-1)) if n else None) for n in range(3)],
        "holding": [b.row("holding", holding_id="H", customer_id="C1", started_on=b.ago(90), matures_on=b.ago(-9),
                          amount=20_000)],
    }  # fmt: skip


def answers(engine: Engine) -> list[dict[str, object]]:
    numbers = {f"C{n}": {name: 4_000.0 * n * (i + 1) for i, name in enumerate(NAMES)} for n in range(6)}
    made = {
        f"C{n}": {"stage": ("returned", "declining")[n % 2], "tier_notice": n % 3 == 0, "stickiness": 20.0 * n,
                  "rfm_monetary": float(n), "customer_tier": "wealth" if n == 2 else "gold", "rfm_group": "champion"}
        for n in range(1, 6)
    }  # fmt: skip
    data = data_of(engine, bank(), numbers, made=made_rows(engine, made))
    data = replace(data, people=data.people.mutate(tier=ibis.literal("red")))
    rows = engine.arrow(flags(engine, {code: s.rule for code, s in SEGMENTS.items()}, data)).to_pylist()
    some = {code: tag for n, (code, tag) in enumerate(TAGS.items()) if n % 6 == 0}
    tagged = engine.arrow(long_rows(tags_of_day(engine, some, data))).to_pylist()
    return sorted(rows + tagged, key=lambda r: (str(r["customer_id"]), str(r.get("tag"))))


@pytest.mark.spark
@nightly
def test_rules_pick_the_same_customers_on_both_engines(both: tuple[Engine, Engine]) -> None:
    duck, spark = both
    expected = answers(duck)
    assert sum(bool(v) for row in expected for v in row.values()) > 50
    assert answers(spark) == expected
