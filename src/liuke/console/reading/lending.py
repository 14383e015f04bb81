"""Engines for the console's requests: a few, lent one request at a time, with lake tables kept per version."""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import cache
from typing import Final

import ibis.expr.types as ir
from django.conf import settings

from liuke.engine import Engine, Prepared
from liuke.errors import Stopped, TryAgain
from liuke.insight.known import BankTables, bank_tables
from liuke.insight.profile import CustomerFile
from liuke.insight.profile.reading import STORED
from liuke.insight.rules.data import Answers
from liuke.tables import CONTRACTS, Table
from liuke.wiring import House, open_house

_SIZE: Final = 4
"""Engines at most: each has its own memory limit, and list pages use one for some ten milliseconds."""
_USES: Final = 5000
"""An engine is renewed after so many loans, because every new version of a table leaves a small view in it."""
_QUERIES: Final = 256
"""Compiled queries a reader keeps; each person's scope has its own."""
_ANSWERS: Final = 8
"""Answers to questions about behaviour a reader keeps: a row per person who entered, each."""
_PATIENCE: Final = 20.0


class Reader:
    """One engine with the house it reads. Used by one thread at a time."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.uses = 0
        self._open = ExitStack()
        self.engine: Engine = self._open.enter_context(house.on("duckdb").engine())
        self._kept: dict[str, tuple[object, ir.Table]] = {}
        self._file: tuple[object, CustomerFile] | None = None
        self._tables: tuple[object, BankTables] | None = None
        self._prepared: dict[Hashable, tuple[int | None, Prepared]] = {}
        self._answers: OrderedDict[str, tuple[object, ir.Table]] = OrderedDict()

    def kept(self, table: Table) -> ir.Table:
        """The whole table inside the engine, read again only when the lake has a new version of it."""
        return self.derived(table.name, table, lambda: self.house.lake.scan(self.engine, table))

    def derived(self, name: str, table: Table, make: Callable[[], ir.Table], day: date | None = None) -> ir.Table:
        """What `make` gives inside the engine, made again only for another day or a new version of `table`."""
        version = self.house.lake.version(table), day
        old = self._kept.get(name)
        if old and old[0] == version:
            return old[1]
        fresh = self.engine.materialise(make())
        self._kept[name] = (version, fresh)
        if old:
            self.engine.release(old[1])
        return fresh

    def prepared(self, key: Hashable, table: Table, build: Callable[[], ir.Table]) -> Prepared:
        """The query over `table` that `build` gives, compiled anew only when the lake has a new version of it.

        key: tells queries apart; whatever `build` depends on besides the table.
        """
        version = self.house.lake.version(table)
        old = self._prepared.get(key)
        if old and old[0] == version:
            return old[1]
        if len(self._prepared) >= _QUERIES:
            self._prepared.clear()
        made = self.engine.prepare(build())
        self._prepared[key] = version, made
        return made

    def answers(self, day: date) -> Answers:
        """Answers to questions about behaviour as of `day` (`RuleData.answers`): those asked last stay in the engine,
        as long as no contract has a new version.
        """
        version = day, self._versions(CONTRACTS.values())

        def answer(question: str, make: Callable[[], ir.Table]) -> ir.Table:
            old = self._answers.pop(question, None)
            if old and old[0] != version:
                self.engine.release(old[1])
            made = old[1] if old and old[0] == version else make()
            self._answers[question] = version, made
            return made

        return answer

    def settle(self) -> None:
        """Drops the answers that were not asked for lately; none is in use between two loans."""
        while len(self._answers) > _ANSWERS:
            _question, (_version, table) = self._answers.popitem(last=False)
            self.engine.release(table)

    def customers(self, day: date) -> CustomerFile:
        """Look-ups of single customers as of `day`, compiled anew only when the lake has new versions."""
        lake = self.house.lake
        key = day, self._versions((*CONTRACTS.values(), *STORED))
        if self._file is None or self._file[0] != key:
            made = CustomerFile(lake, self.engine, self.house.as_of(day), zone=self.house.zone)
            self._file = key, made
        return self._file[1]

    def tables(self, day: date) -> BankTables:
        """The contracts as known as of `day`, looked at anew only when the lake has new versions."""
        key = day, self._versions(CONTRACTS.values())
        if self._tables is None or self._tables[0] != key:
            self._tables = key, bank_tables(self.house.lake, self.engine, self.house.as_of(day), self.house.zone)
        return self._tables[1]

    def _versions(self, tables: Iterable[Table]) -> tuple[int | None, ...]:
        return tuple(self.house.lake.version(table) for table in tables)

    def close(self) -> None:
        """Frees the engine."""
        self._open.close()


class _Shelf:
    """The readers of this process."""

    def __init__(self) -> None:
        self.free: queue.LifoQueue[Reader] = queue.LifoQueue()
        self.made = 0
        self.lock = threading.Lock()

    def take(self) -> Reader:
        try:
            return self.free.get_nowait()
        except queue.Empty:
            pass
        with self.lock:
            room = self.made < _SIZE
            self.made += room
        if room:
            try:
                return Reader(house())
            except BaseException:
                self.forget()
                raise
        try:
            return self.free.get(timeout=_PATIENCE)
        except queue.Empty as error:
            raise TryAgain("every engine of the console is busy", then="open the page again in a moment") from error

    def give_back(self, reader: Reader) -> None:
        reader.uses += 1
        if reader.uses < _USES:
            reader.settle()
            self.free.put(reader)
        else:
            reader.close()
            self.forget()

    def forget(self) -> None:
        with self.lock:
            self.made -= 1


_shelf = _Shelf()


@cache
def house() -> House:
    """The bank home this process serves; YourMistake when there is none."""
    return open_house(settings.HOME)


@contextmanager
def lend() -> Iterator[Reader]:
    """A reader for the length of a `with` block; waits up to 20 s for a free one, then TryAgain.

    A reader whose block failed is thrown away, for its engine may be in a bad state; one that was stopped is in none.
    """
    shelf = _shelf
    reader = shelf.take()
    try:
        yield reader
    except Stopped:
        shelf.give_back(reader)
        raise
    except BaseException:
        reader.close()
        shelf.forget()
        raise
    shelf.give_back(reader)


def close_all() -> None:
    """Closes every free reader and forgets the house: for tests that change the bank home."""
    global _shelf
    old, _shelf = _shelf, _Shelf()
    house.cache_clear()
    while not old.free.empty():
        old.free.get_nowait().close()
