from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.clock import AsOf
from liuke.lake import known
from liuke.tables import ASSIGNMENT, COMPLAINT, CONSENT, Table
from tests.night import times

START = date(2026, 1, 1)
HISTORY_AND_FACT, HISTORY = COMPLAINT, ASSIGNMENT


@dataclass(frozen=True)
class Version:
    key: str
    happened: int
    ingested: int
    line: int


VERSIONS = st.lists(
    st.builds(Version, st.sampled_from("abc"), st.integers(0, 6), st.integers(0, 6), st.integers(1, 50)), max_size=12
)


def at(day: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)


def complaints(versions: list[Version]) -> pa.Table:
    rows = [
        {
            "complaint_id": v.key, "customer_id": "c",
            "received_at": at(v.happened), "business_date": START + timedelta(v.happened),
            "source": "s", "batch_id": "b", "line": v.line, "ingested_at": at(v.ingested),
        }
        for v in versions
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=COMPLAINT.arrow)


def oracle(versions: list[Version], day: int, known_by: int) -> set[tuple[str, int, int]]:
    best: dict[str, Version] = {}
    for v in versions:
        if v.happened <= day and v.ingested <= known_by:
            old = best.get(v.key)
            if old is None or (v.ingested, v.line) > (old.ingested, old.line):
                best[v.key] = v
    return {(v.key, v.ingested, v.line) for v in best.values()}


@settings(max_examples=times(20, 200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VERSIONS, st.integers(0, 6), st.integers(0, 6))
def test_known_keeps_the_newest_version_that_was_known_and_had_happened(engine, versions, day, known_by):
    distinct = list({(v.key, v.ingested, v.line): v for v in versions}.values())
    as_of = AsOf(START + timedelta(days=day), at(known_by))
    got = engine.arrow(known(engine.from_arrow(complaints(distinct)), COMPLAINT, as_of)).to_pylist()
    assert {(r["complaint_id"], (r["ingested_at"] - at(0)).days, r["line"]) for r in got} == oracle(
        distinct, day, known_by
    )


def test_a_plain_fact_table_keeps_every_known_row(engine):
    plain = Table("t", "", "", COMPLAINT.columns, COMPLAINT.key, "received_at", False, None, COMPLAINT.system)
    versions = [Version("a", 0, 0, 1), Version("a", 0, 1, 2), Version("a", 0, 5, 3)]
    seen = known(engine.from_arrow(complaints(versions)), plain, AsOf(START, at(2)))
    assert engine.arrow(seen).num_rows == 2


@settings(max_examples=times(15, 150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VERSIONS, st.integers(0, 6), st.integers(0, 6))
def test_the_consent_in_force_is_the_last_one_given_or_withdrawn_whenever_it_arrived(engine, versions, day, known_by):
    distinct = list({(v.key, v.happened, v.ingested, v.line): v for v in versions}.values())
    rows = [
        {
            "consent_id": str(n), "customer_id": v.key, "purpose": "marketing", "channel": "all",
            "granted": v.line % 2 == 0, "effective_at": at(v.happened), "business_date": START + timedelta(v.happened),
            "source": "s", "batch_id": "b", "line": v.line, "ingested_at": at(v.ingested),
        }
        for n, v in enumerate(distinct)
    ]  # fmt: skip
    best: dict[str, Version] = {}
    for v in distinct:
        if v.happened <= day and v.ingested <= known_by:
            old = best.get(v.key)
            if old is None or (v.happened, v.ingested, v.line) > (old.happened, old.ingested, old.line):
                best[v.key] = v
    table = engine.from_arrow(pa.Table.from_pylist(rows, schema=CONSENT.arrow))
    got = engine.arrow(known(table, CONSENT, AsOf(START + timedelta(days=day), at(known_by)))).to_pylist()
    assert {(r["customer_id"], r["granted"]) for r in got} == {(v.key, v.line % 2 == 0) for v in best.values()}
