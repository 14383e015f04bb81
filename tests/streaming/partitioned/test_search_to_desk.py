"""`liuke serve` with a topic between the log and the rules: what a customer does is an order on the open page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Person, entered, heard, until
from tests.streaming.living_bank import PASSWORD, Served, customers, rows, served
from tests.streaming.test_search_to_desk import orders_of, search

pytest.importorskip("confluent_kafka", reason="the Kafka client is not installed: extra kafka")
from tests.kafka_cluster import Cluster

PARTITIONS = 4


@pytest.fixture(scope="module")
def bank(living_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    cluster = Cluster()
    cluster.make("liuke-events", PARTITIONS)
    home = shutil.copytree(living_home, tmp_path_factory.mktemp("by-topic") / "bank")
    with (home / "collect.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\nstream:\n  kafka: {{brokers: '{cluster.brokers}', topic: liuke-events, group: g}}\n")
    with served(home) as where:
        yield where


def lag(person: Person) -> list[tuple[str, str]]:
    """Of each partition as the page of the rules shows it: lag and whether it is at work."""
    page = person.read("/triggers/")
    shown = page[page.index('id="lanes"') :]
    cells = re.findall(
        r'分区 (\d+)</td>.*?data-label="积压">([\d,—]+).*?<span class="tag \w+">(.*?)</span>', shown, re.S
    )
    return [(behind, state) for _, behind, state in cells]


def test_the_third_search_goes_through_the_topic_and_is_an_order_on_the_open_page(bank):
    customer, browser = next(customers("treated")), entered(bank.console, "rm1", PASSWORD)
    news = heard(browser, bank.console)
    search(bank, customer, 3)
    until("order", lambda: len(orders_of(bank, customer)), 1)  # a machine's first start compiles the rules' loops
    [(order, staff, priority)] = orders_of(bank, customer)
    assert (staff, priority) == ("S1", 1)
    while news.get(timeout=300)[1]["order"] != order:
        pass
    owners = rows(bank, "select number, partitions from state_streampartition order by number")
    assert owners == [(n, PARTITIONS) for n in range(PARTITIONS)]


def test_the_page_of_the_rules_shows_the_partitions_and_that_they_have_caught_up(bank):
    analyst = Person(bank.console, "analyst", PASSWORD)
    until("caught up", lambda: lag(analyst), [("0", "运行中")] * PARTITIONS)
