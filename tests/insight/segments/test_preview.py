import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed, Scope
from liuke.govern.audit import AuditRecord
from liuke.insight.rules.data import RuleData
from liuke.insight.segments.export import ExportRequest, export_segment
from liuke.insight.segments.preview import count_members, preview, sample_members
from liuke.tables import CUSTOMER_SNAPSHOT
from tests.insight import bank as b
from tests.insight.rules.asking import data_of
from tests.insight.segments.small import ANALYST, segment

NOW = datetime(2026, 7, 1, 1, tzinfo=UTC)
EVERYBODY = {"attribute": "opened_on", "op": "not_null"}
HEAD = Scope("hong", "branch_head", frozenset({"B1"}))


@pytest.fixture
def data(engine: Engine) -> RuleData:
    import pyarrow as pa

    facts = [
        ("C0000001", "B1", "S1", 90_000, "欧阳修"),
        ("C0000002", "B1", "S2", 70_000, "=cmd()"),
        ("C0000003", "B2", "S3", 8, "王五"),
    ]
    rows = [
        {"as_of": b.DAY, "customer_id": i, "branch_id": br, "staff_id": s, "aum": aum, "name": n,
         "phone": "13800005678", "opened_on": b.ago(100), "tier": "none"}
        for i, br, s, aum, n in facts
    ]  # fmt: skip
    return data_of(engine, {}, people=engine.from_arrow(pa.Table.from_pylist(rows, schema=CUSTOMER_SNAPSHOT.arrow)))


def test_an_unsaved_rule_is_counted_and_sampled_within_the_scope_and_masked(engine: Engine, data: RuleData) -> None:
    text = f"name: {{zh: 试, en: T}}\ndescription: {{zh: 试, en: T}}\nowner: me\nrule: {EVERYBODY}\n"
    found = preview(engine, text, {}, {}, data, HEAD)
    assert (found.members, found.customers, found.share) == (2, 2, 1.0)
    assert [f.text for f in found.findings] == ["所有客户都符合"]
    assert [(r["customer_id"], r["name"]) for r in found.sample] == [("****0001", "欧阳*"), ("****0002", "=***")]
    assert "phone" not in found.sample[0]
    assert preview(engine, text, {}, {}, data, ANALYST).members == 3


def test_amounts_are_bands_for_roles_without_the_right_to_them(engine: Engine, data: RuleData) -> None:
    rule = segment(EVERYBODY).rule
    assert [r["aum"] for r in sample_members(engine, rule, data, ANALYST)] == ["5万-20万", "5万-20万", "<1万"]
    assert len(sample_members(engine, rule, data, ANALYST, limit=1)) == 1


def test_a_mistake_in_an_unsaved_rule_is_a_finding_with_its_line(engine: Engine, data: RuleData) -> None:
    text = "name: {zh: 试, en: T}\ndescription: {zh: 试, en: T}\nowner: me\nrule:\n  any:\n    - {tag: yong}\n"
    found = preview(engine, text, {}, {}, data, HEAD)
    [stop] = found.findings
    assert (stop.severity, stop.line, stop.key) == ("stop", 6, "rule.any.0.tag")
    assert "no tag is called 'yong'" in stop.text
    assert (found.members, found.sample) == (None, ())


@pytest.mark.parametrize("text", ["", "rule: [", "rule: {all: [{feature: aum, op: '>', value: 1}]}", "name: x", "- 1"])
def test_text_that_is_no_segment_is_a_finding_too(engine: Engine, data: RuleData, text: str) -> None:
    assert [f.severity for f in preview(engine, text, {}, {}, data, HEAD).findings] == ["stop"]


def test_a_draft_that_names_itself_is_a_circle(engine: Engine, data: RuleData) -> None:
    text = "name: {zh: 试, en: T}\ndescription: {zh: 试, en: T}\nowner: me\nrule: {segment: draft}\n"
    [stop] = preview(engine, text, {}, {}, data, HEAD).findings
    assert "segment draft → segment draft" in stop.text


def test_who_sees_no_customers_sees_no_sample(engine: Engine, data: RuleData) -> None:
    with pytest.raises(NotAllowed):
        sample_members(engine, segment(EVERYBODY).rule, data, Scope("root", "admin", None))


def export(engine: Engine, data: RuleData, path: Path, scope: Scope, audit: Any, reason: str = "活动名单") -> Any:
    return export_segment(engine, segment(EVERYBODY), data, path, ExportRequest(scope, reason, NOW), audit)


def test_an_export_is_masked_watermarked_and_stands_in_the_audit(
    engine: Engine, data: RuleData, tmp_path: Path
) -> None:
    records: list[AuditRecord] = []
    made = export(engine, data, tmp_path / "out.csv", HEAD, records.append)
    with made.path.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [(r["customer_id"], r["phone"], r["name"]) for r in rows] == [
        ("****0001", "138****5678", "欧阳*"),
        ("****0002", "138****5678", "'=***"),
    ]
    assert {(r["exported_by"], r["export_id"]) for r in rows} == {("hong", made.export_id)}
    [record] = records
    assert (record.actor, record.action, record.object_id, record.reason) == ("hong", "export", "trial", "活动名单")
    assert (record.data["rows"], record.data["export_id"]) == (2, made.export_id)
    assert [p.name for p in tmp_path.iterdir()] == ["out.csv"]


def test_an_export_that_cannot_be_recorded_does_not_happen(engine: Engine, data: RuleData, tmp_path: Path) -> None:
    def broken(_record: AuditRecord) -> None:
        raise RuntimeError("audit is down")

    with pytest.raises(RuntimeError):
        export(engine, data, tmp_path / "out.csv", HEAD, broken)
    assert list(tmp_path.iterdir()) == []


def test_an_export_needs_the_permission_a_reason_and_a_new_file(engine: Engine, data: RuleData, tmp_path: Path) -> None:
    records: list[AuditRecord] = []
    with pytest.raises(NotAllowed):
        export(engine, data, tmp_path / "a.csv", Scope("rita", "rm", None, "S1"), records.append)
    with pytest.raises(YourMistake, match="reason"):
        export(engine, data, tmp_path / "a.csv", HEAD, records.append, reason=" ")
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(YourMistake, match="exists"):
        export(engine, data, tmp_path / "a.csv", HEAD, records.append)
    assert records == []
    assert (tmp_path / "a.csv").read_text() == "old"


def test_a_count_without_a_scope_is_of_the_whole_bank(engine: Engine, data: RuleData) -> None:
    assert count_members(engine, segment(EVERYBODY).rule, data) == 3
