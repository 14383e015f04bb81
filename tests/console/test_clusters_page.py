"""Clusters: sizes and differences of the bank, members by scope with masks and audit, small ones without figures."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from browsing import PHONE, WIDE, needs_browser, troubles
from django.test import Client
from small_bank import last_day

from liuke.insight.clusters.model import ClusterModel, learn_clusters
from liuke.insight.clusters.shelf import keep
from liuke.state.models import AuditEntry
from liuke.tables import CLUSTER_MEAN, CLUSTER_SIZE, CUSTOMER_CLUSTER, CUSTOMER_SNAPSHOT
from liuke.wiring import open_house
from tests.insight.clusters.test_model import DAY, KEY, THREE
from tests.insight.clusters.test_model import bank as numbers

SeenBy = Callable[[str], Client]


Grouped = tuple[Path, ClusterModel, dict[int, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def found(bank_home: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Grouped:
    """The bank with three clusters: everybody but eight in the first two, four of the eight S1's."""
    home = Path(shutil.copytree(bank_home[0], tmp_path_factory.mktemp("clusters") / "home"))
    house = open_house(home)
    with house.engine() as engine:
        model = learn_clusters(engine, engine.from_arrow(numbers(THREE)), DAY, KEY)
        rows = engine.arrow(house.lake.scan(engine, CUSTOMER_SNAPSHOT).order_by("customer_id")).to_pylist()
    keep(house.clusters, model, datetime(2026, 7, 1, tzinfo=UTC))
    few = {r["customer_id"] for staff in ("S1", "S2") for r in [x for x in rows if x["staff_id"] == staff][:4]}
    groups: dict[int, list[dict[str, Any]]] = {0: [], 1: [], 2: []}
    for n, row in enumerate(rows):
        groups[2 if row["customer_id"] in few else n % 2].append(row)
    assigned = [
        {"as_of": last_day(), "customer_id": r["customer_id"], "version": model.version, "cluster": c,
         "cluster_name": model.clusters[c].name.zh}
        for c, members in groups.items()
        for r in members
    ]  # fmt: skip
    sizes = [
        {"as_of": last_day(), "version": model.version, "cluster": c, "customers": len(members),
         "share": len(members) / len(rows), "aum_mean": 123_000.0, "aum_sum": 9e6, "probability": 0.21,
         "attrition_year": 0.125, "clv_mean": 900.0, "warned": len(members) // 2}
        for c, members in groups.items()
    ]  # fmt: skip
    means = [
        {"as_of": last_day(), "version": model.version, "cluster": c.number, "feature": d.feature,
         "mean": 2_000_000.0, "rest": 30.0}
        for c in model.clusters
        for d in c.differences
    ]  # fmt: skip
    for table, made in ((CUSTOMER_CLUSTER, assigned), (CLUSTER_SIZE, sizes), (CLUSTER_MEAN, means)):
        house.lake.replace(table, pa.Table.from_pylist(made, schema=table.arrow))
    return home, model, groups


@pytest.fixture
def grouped(own_bank: Path, found: Grouped) -> Grouped:
    """A copy of it that a test may change."""
    shutil.rmtree(own_bank)
    shutil.copytree(found[0], own_bank)
    return own_bank, *found[1:]


def test_the_page_says_how_large_each_cluster_is_what_sets_it_apart_and_what_is_at_stake(
    grouped: Any, seen_by: SeenBy
) -> None:
    _, model, groups = grouped
    text = seen_by("analyst").get("/segments/clusters/").content.decode()
    for cluster in model.clusters:
        assert cluster.name.zh in text
    assert f"<b>{len(groups[0])}</b>" in text
    assert "12.3 万" in text
    assert "21.0%" in text
    assert "12.5%" in text
    assert "近90天" in text


def test_a_cluster_too_small_shows_no_figure(grouped: Any, seen_by: SeenBy) -> None:
    _, _, groups = grouped
    assert len(groups[2]) == 8
    client = seen_by("analyst")
    for path in ("/segments/clusters/2/", "/segments/clusters/2/live/"):
        text = client.get(path).content.decode()
        assert "&lt;10" in text
        assert "12.3 万" not in text
        assert "<b>8</b>" not in text
    [row] = [r for r in client.get("/segments/clusters/").context["rows"] if r["number"] == 2]
    assert (row["hidden"], row["apart"], row["warned"]) == (True, [], None)


def test_a_role_that_looks_at_single_customers_sees_them_masked_and_audited(grouped: Any, seen_by: SeenBy) -> None:
    _, _, groups = grouped
    before = AuditEntry.objects.filter(action="view_segment").count()
    answer = seen_by("head").get("/segments/clusters/2/live/")
    mine = [r for r in groups[2] if r["branch_id"] == "NJ"]
    assert len(answer.context["sample"]) == len(mine) > 0
    text = answer.content.decode()
    assert not any(r["name"] in text or r["customer_id"] in text for r in groups[2])
    entry = AuditEntry.objects.filter(action="view_segment").latest("pk")
    assert (entry.actor, entry.object_id) == ("head", "cluster 2")
    assert AuditEntry.objects.filter(action="view_segment").count() == before + 1
    seen_by("analyst").get("/segments/clusters/2/live/")
    assert AuditEntry.objects.filter(action="view_segment").count() == before + 1


def test_members_are_counted_within_the_scope(grouped: Any, seen_by: SeenBy) -> None:
    _, _, groups = grouped
    for who, branches in (("head", {"NJ"}), ("analyst", {"NJ", "HZ"})):
        live = seen_by(who).get("/segments/clusters/0/live/").context["live"]
        assert live.members == sum(r["branch_id"] in branches for r in groups[0])


def test_a_cluster_becomes_the_beginning_of_a_segment(grouped: Any, seen_by: SeenBy) -> None:
    _, model, groups = grouped
    client = seen_by("analyst")
    text = client.get("/segments/draft/?cluster=1").context["text"]
    assert f"{{attribute: cluster, value: {model.clusters[1].name.zh}}}" in text
    answer = client.post("/segments/draft/", {"rule": text}, headers={"HX-Request": "true"})
    assert answer.context["preview"].members == len(groups[1])


def test_roles_and_addresses_without_a_cluster(grouped: Any, seen_by: SeenBy) -> None:
    assert seen_by("rm1").get("/segments/clusters/").status_code == 403
    for path in ("/segments/clusters/9/", "/segments/clusters/9/live/"):
        assert seen_by("analyst").get(path).status_code == 404


def test_without_clusters_the_page_says_how_to_find_them(bank: Path, seen_by: SeenBy) -> None:
    assert "liuke clusters fit" in seen_by("analyst").get("/segments/clusters/").content.decode()


def test_a_changed_model_is_not_used(grouped: Any, seen_by: SeenBy) -> None:
    home, model, _ = grouped
    path = home / "clusters" / f"{model.version}.json"
    path.write_text(path.read_text(encoding="utf-8").replace("高", "低"), encoding="utf-8")
    answer = seen_by("analyst").get("/segments/clusters/")
    assert answer.status_code == 200
    assert answer.context["found"].mistake is not None


@needs_browser
def test_the_pages_are_whole_on_a_desk_and_on_a_phone(grouped: Any, opened: Callable[..., Any]) -> None:
    for view in (WIDE, PHONE):
        shown = opened("head", view, at=None)
        for path in ("/segments/clusters/", "/segments/clusters/0/"):
            shown.goto(path)
            shown.wait_for_load_state("networkidle")
            assert troubles(shown) == []
