"""Wrong codes: a few slips cost nothing, then it grows slow, then it stops; time and being right mend it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from liuke.act.progress.guessing import PERSON, GuessTerms, Tries, fresh, from_address, tried, was_right

NOW = datetime(2026, 11, 30, 2, tzinfo=UTC)
NOTHING = timedelta(0)


def after(misses: int) -> tuple[Tries, datetime]:
    """The tries after so many wrong ones, each as soon as it is taken, and the moment."""
    tries, now = fresh(NOW), NOW
    for _ in range(misses):
        now = max(now, tries.until)
        wait, tries = tried(tries, PERSON, now)
        assert wait == NOTHING
    return tries, now


def test_slips_cost_nothing_then_waits_double_then_it_stops() -> None:
    waits = [(tries.until - now).total_seconds() for tries, now in (after(n) for n in range(1, 11))]
    assert waits == [0, 0, 0, 2, 4, 8, 16, 32, 64, 3600]


def test_who_comes_too_early_waits_and_is_not_counted_again() -> None:
    tries, now = after(5)
    wait, same = tried(tries, PERSON, now + timedelta(seconds=1))
    assert (wait, same) == (timedelta(seconds=3), tries)


def test_an_hour_after_the_last_wrong_try_all_are_forgotten() -> None:
    tries, now = after(10)
    wait, again = tried(tries, PERSON, now + timedelta(hours=1))
    assert (wait, again.misses) == (NOTHING, 1)


def test_who_was_right_need_not_wait_but_wrong_ones_before_still_count() -> None:
    tries, now = after(6)
    wait, right = tried(tries, PERSON, tries.until)
    assert wait == NOTHING
    mended = was_right(right)
    assert (mended.misses, mended.until) == (6, right.at)
    assert now < right.at


@given(st.lists(st.tuples(st.integers(0, 4000), st.booleans()), max_size=120))
def test_within_an_hour_no_more_wrong_tries_are_taken_than_the_terms_allow(steps: list[tuple[int, bool]]) -> None:
    terms = GuessTerms(free=2, most=5)
    tries, now, taken = fresh(NOW), NOW, list[datetime]()
    for seconds, right in steps:
        now += timedelta(seconds=seconds)
        wait, tries = tried(tries, terms, now)
        if wait == NOTHING:
            if right:
                tries = was_right(tries)
            else:
                taken.append(now)
    for first in taken:
        assert sum(first <= at < first + terms.stop for at in taken) <= 2 * terms.most - 1


def test_an_ipv6_holder_has_one_network_and_nonsense_stands_for_itself() -> None:
    assert from_address("2001:db8::1") == from_address("2001:db8::ffff:1")
    assert from_address("2001:db8::1") != from_address("2001:db8:0:1::1")
    assert from_address("") == ""
    assert from_address("unix:/x") == "unix:/x"
