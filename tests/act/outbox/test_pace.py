"""Rate limit and circuit breaker, on a clock that is passed in."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from liuke.act.outbox.pace import Pace, PaceTerms, allowed, given_back, noted

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TERMS = PaceTerms(per_second=10, burst=20)


def test_the_bucket_lets_the_burst_go_and_then_the_rate():
    granted, pace = allowed(Pace(20, NOW), TERMS, 50, NOW)
    assert granted == 20
    assert allowed(pace, TERMS, 50, NOW)[0] == 0
    assert allowed(pace, TERMS, 50, NOW + SECOND)[0] == 10
    assert allowed(pace, TERMS, 50, NOW + 60 * SECOND)[0] == 20


def test_what_was_not_tried_is_given_back():
    granted, pace = allowed(Pace(20, NOW), TERMS, 20, NOW)
    assert allowed(given_back(pace, 5), TERMS, 50, NOW)[0] == 5
    assert granted == 20


def test_without_a_limit_everything_goes():
    assert allowed(Pace(0, NOW), PaceTerms(), 500, NOW)[0] == 500


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 40)), min_size=1, max_size=60))
def test_never_more_than_the_burst_and_the_rate_over_any_stretch(asked):
    pace, now, gone = Pace(TERMS.burst, NOW), NOW, []
    for wait_ms, wanted in asked:
        now += timedelta(milliseconds=wait_ms)
        granted, pace = allowed(pace, TERMS, wanted, now)
        gone.append((now, granted))
    for start in range(len(gone)):
        for end in range(start, len(gone)):
            passed = (gone[end][0] - gone[start][0]).total_seconds()
            assert sum(n for _, n in gone[start : end + 1]) <= TERMS.burst + passed * 10 + 1e-6


def broken(failures=5):
    return noted(Pace(20, NOW), TERMS, answered=0, failed=failures, now=NOW)


def test_failures_in_a_row_open_the_breaker_and_one_probe_goes_after_the_pause():
    assert noted(Pace(20, NOW), TERMS, answered=0, failed=4, now=NOW).closed_until is None
    assert allowed(broken(), TERMS, 10, NOW + 29 * SECOND)[0] == 0
    granted, probing = allowed(broken(), TERMS, 10, NOW + 30 * SECOND)
    assert granted == 1
    assert allowed(probing, TERMS, 10, NOW + 31 * SECOND)[0] == 0  # nobody probes beside it


def test_an_answer_closes_it_and_a_failed_probe_keeps_it_open_for_longer():
    _, probing = allowed(broken(), TERMS, 10, NOW + 30 * SECOND)
    well = noted(probing, TERMS, answered=1, failed=0, now=NOW + 31 * SECOND)
    assert (well.failures, well.closed_until) == (0, None)
    ill = noted(probing, TERMS, answered=0, failed=1, now=NOW + 31 * SECOND)
    assert ill.closed_until == NOW + 31 * SECOND + 60 * SECOND


def test_the_pause_has_an_end():
    long_ill = noted(Pace(20, NOW, failures=500), TERMS, answered=0, failed=1, now=NOW)
    assert long_ill.closed_until == NOW + TERMS.longest_pause
