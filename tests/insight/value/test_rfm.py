"""RFM quintiles against a sorted list, ties included, and the named groups."""

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.insight.value.rfm import RFM_GROUPS, group_of, rfm
from liuke.insight.value.value_policy import RfmRule
from tests.night import times

VALUES = st.sampled_from([None, 0.0, 1.0, 2.0, 5.0, 90.0])


def scored(engine, recency, frequency, monetary):
    columns = {"days_since_active": recency, "own_count_180": frequency, "aum_mean_90": monetary}
    table = {name: pa.array(column, pa.float64()) for name, column in columns.items()}
    rows = engine.from_arrow(pa.table({"customer_id": [f"C{n:03}" for n in range(len(recency))], **table}))
    return sorted(engine.arrow(rfm(engine, rows, RfmRule())).to_pylist(), key=lambda r: r["customer_id"])


def fifths(values):
    """1 + the fifths of all that are strictly smaller."""
    return [1 + min(5 * sum(other < v for other in values) // len(values), 4) for v in values]


@settings(max_examples=times(5, 50), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=40))
def test_scores_are_fifths_and_equal_values_score_equally(engine, rows):
    recency, frequency, monetary = (list(column) for column in zip(*rows, strict=True))
    found = scored(engine, recency, frequency, monetary)
    assert [r["rfm_recency"] for r in found] == fifths([-1e9 if v is None else -v for v in recency])
    assert [r["rfm_frequency"] for r in found] == fifths([v or 0.0 for v in frequency])
    assert [r["rfm_monetary"] for r in found] == fifths([v or 0.0 for v in monetary])
    for row in found:
        high = [row[n] >= 4 for n in ("rfm_recency", "rfm_frequency", "rfm_monetary")]
        assert row["rfm_group"] == group_of(*high)


def test_five_different_customers_get_the_five_scores(engine):
    found = scored(engine, [40.0, 30.0, 20.0, 10.0, 0.0], [1.0, 2.0, 3.0, 4.0, 5.0], [0.0, 10.0, 20.0, 30.0, 40.0])
    assert [tuple(r[n] for n in ("rfm_recency", "rfm_frequency", "rfm_monetary")) for r in found] == [
        (n, n, n) for n in range(1, 6)
    ]
    assert (found[4]["rfm_group"], found[0]["rfm_group"]) == ("champion", "low")


def test_every_group_has_one_combination():
    both = (True, False)
    assert {group_of(r, f, m) for r in both for f in both for m in both} == set(RFM_GROUPS)
