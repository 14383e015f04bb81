"""Everybody has all of their own facts and nobody else's, in memory or in files, with one thread or several."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from liuke.engine import DuckEngine
from liuke.engine.room import Room
from liuke.insight.behaviour import shares
from liuke.insight.behaviour.numbering import hashed
from liuke.insight.behaviour.sequences import SHIFT, each_batch, in_lists
from liuke.insight.behaviour.shares import OwnTexts, Share

ORIGIN = datetime(2026, 3, 1, tzinfo=UTC)
FACTS = [(f"C{n * 7 % 13}", n * 31 % 101, (None, "a", "b")[n % 3]) for n in range(400)]
"""Who, seconds since the origin, word."""


def told(engine) -> dict[str, list[tuple[int, str | None]]]:
    rows = engine.from_arrow(pa.table({
        "who": [who for who, _, _ in FACTS],
        "at": pa.array([ORIGIN + timedelta(seconds=at) for _, at, _ in FACTS], pa.timestamp("us", "UTC")),
        "low": pa.array([0] * len(FACTS), pa.int64()), "word": [word for _, _, word in FACTS],
    }))  # fmt: skip
    lists = in_lists(engine, rows, ORIGIN)
    words = [None, *lists.words.table["word"].to_pylist()]
    found = {}
    for who, offsets, marks in each_batch(lists.with_low(np.arange(len(words))), lambda *each: each):
        for k, person in enumerate(who.to_pylist()):
            assert person not in found
            mine = marks[offsets[k] : offsets[k + 1]].tolist()
            found[person] = [((mark >> SHIFT) // 10**6, words[mark % (1 << SHIFT)]) for mark in mine]
    return found


@pytest.mark.parametrize("memory_mb", [0, 512])
def test_facts_keep_what_they_carry_and_strangers_say_nothing(monkeypatch, tmp_path, memory_mb) -> None:
    monkeypatch.setattr(shares, "_AT_ONCE", 50)
    parts = [Share(k, 2, memory_mb << 20, tmp_path) for k in range(2)]
    who = hashed(pa.array([who for who, _, _ in FACTS]))
    own, marks = pa.array([word for _, _, word in FACTS]), np.array([at for _, at, _ in FACTS])
    words, said = np.arange(len(FACTS), dtype=np.int32), hashed(pa.array(["C1", "stranger"]))
    for part in parts:
        part.take(who, marks, words, OwnTexts(hashed(own), np.asarray(own.is_null())))
        part.take_known(said, np.array([7, 8]), np.full(2, -1, np.int32), np.full(2, 5, np.int32))
    found = []
    for part in parts:
        texts = [*part.own.texts().to_pylist(), None]
        for stretch in part.stretches():
            people, offsets, *columns = part.laid_apart(stretch)
            for k, person in enumerate(people.to_pylist()):
                mine = zip(*(column[offsets[k] : offsets[k + 1]].tolist() for column in columns), strict=True)
                found += [(person, at, word, texts[n] if word >= 0 else n) for at, word, n in mine]
    told = [(who, at, n, word) for n, (who, at, word) in enumerate(FACTS)]
    assert sorted(found, key=str) == sorted([*told, ("C1", 7, -1, 5)], key=str)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("memory_mb", [0, 512])
def test_everybody_has_their_own_facts(monkeypatch, tmp_path, threads, memory_mb) -> None:
    engine = DuckEngine(memory_limit_mb=512, threads=threads)
    monkeypatch.setattr(engine, "_room", Room(threads, memory_mb, tmp_path))
    monkeypatch.setattr(shares, "_AT_ONCE", 50)
    wanted = defaultdict(list)
    for who, at, word in FACTS:
        wanted[who].append((at, word))
    found = told(engine)
    engine.close()
    assert {who: sorted(mine, key=str) for who, mine in found.items()} == {
        who: sorted(mine, key=str) for who, mine in wanted.items()
    }
    assert not list(tmp_path.iterdir())


def test_words_are_counted_without_those_that_have_none() -> None:
    engine = DuckEngine(memory_limit_mb=512, threads=1)
    rows = engine.from_arrow(pa.table({
        "who": ["C1"] * 4, "at": pa.array([ORIGIN] * 4, pa.timestamp("us", "UTC")),
        "low": pa.array([0] * 4, pa.int64()), "word": ["a", None, "b", "a"],
    }))  # fmt: skip
    table = in_lists(engine, rows, ORIGIN).words.table
    engine.close()
    assert {row["word"]: row["times"] for row in table.to_pylist()} | {"": 0} == {"a": 2, "b": 1, "": 0}
