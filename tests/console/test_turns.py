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
