"""Of questions that a page asks while another one is worked out, only the newest is worked out."""

from __future__ import annotations

import threading

from liuke.console.questions.turns import Turns


def asked(turns: Turns, page: str, told: list[tuple[str, bool]], name: str) -> threading.Thread:
    def ask() -> None:
        with turns.turn(page) as wanted:
            told.append((name, wanted))

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def waits_for(turns: Turns, page: str, so_many: int) -> None:
    while turns._lines[page].here < so_many:
        threading.Event().wait(0.002)


def test_what_waits_is_dropped_for_what_was_asked_later() -> None:
    turns, told = Turns(), []
    with turns.turn("a") as wanted:
        assert wanted
        first = asked(turns, "a", told, "first")
        waits_for(turns, "a", 2)
        second = asked(turns, "a", told, "second")
        waits_for(turns, "a", 3)
        assert told == []
    for thread in (first, second):
        thread.join(5)
    assert sorted(told) == [("first", False), ("second", True)]
    assert turns._lines == {}


def test_other_pages_and_requests_without_one_wait_for_nobody() -> None:
    turns, told = Turns(), []
    with turns.turn("a"):
        for page in ("b", ""):
            asked(turns, page, told, page).join(5)
    assert told == [("b", True), ("", True)]


def test_a_question_that_failed_gives_its_turn_on() -> None:
    turns = Turns()
    try:
        with turns.turn("a"):
            raise ValueError
    except ValueError:
        pass
    with turns.turn("a") as wanted:
        assert wanted


def running(turns: Turns, page: str, told: list[tuple[str, bool]]) -> tuple[threading.Thread, threading.Event]:
    """A question at work that goes on until it is stopped."""
    at_work, stopped = threading.Event(), threading.Event()

    def ask() -> None:
        with turns.turn(page), turns.running(stopped.set):
            at_work.set()
            told.append(("stopped", stopped.wait(10)))

    thread = threading.Thread(target=ask)
    thread.start()
    assert at_work.wait(10)
    return thread, stopped


def test_a_newer_question_stops_the_one_that_runs() -> None:
    turns, told = Turns(), []
    thread, _stopped = running(turns, "a", told)
    with turns.turn("a") as wanted:
        assert wanted
        assert told == [("stopped", True)]
    thread.join(5)
    assert turns._lines == {}


def test_who_leaves_the_page_stops_its_question_and_no_other() -> None:
    turns, told = Turns(), []
    mine, _ = running(turns, "a", told)
    other, still = running(turns, "b", told)
    turns.leave("a")
    mine.join(10)
    assert told == [("stopped", True)]
    assert not still.is_set()
    turns.leave("nowhere")
    turns.leave("b")
    other.join(10)


def test_a_question_whose_page_was_left_before_it_ran_is_stopped_at_once() -> None:
    turns, stopped = Turns(), []
    with turns.turn("a"):
        turns.leave("a")
        with turns.running(lambda: stopped.append(True)):
            assert stopped == [True]
    with turns.running(lambda: stopped.append(True)):
        pass  # no turn, nobody to stop it
    assert stopped == [True]
