"""The bank's life on paper: a long history into Parquet files, and single days for the loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from liuke.errors import Place, YourMistake
from liuke.sim import dimensions
from liuke.sim.assessments import assessed_today
from liuke.sim.bank import Bank
from liuke.sim.behaviour import Contacts, no_contacts
from liuke.sim.config import ordinal
from liuke.sim.consents import asked
from liuke.sim.draws import Ints
from liuke.sim.facts import balance_rows, complaints, consents, day_tables, labels
from liuke.sim.script import Cases, all_cases
from liuke.sim.step import DayFacts, live
from liuke.sim.world import World, first_world

ROWS_PER_GROUP = 120_000
Progress = Callable[[int, int], None]
"""Called after each day with days done and days in all."""


class MonthFiles:
    """Parquet files of one folder, one per table and month; rows wait until a row group is full.

    The edge of the simulation: at most `ROWS_PER_GROUP` rows per table are in memory. A file gets its final name
    when it is complete, so an interrupted run leaves only `*.partial` behind.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.rows, self.month = folder, dict[str, int](), ""
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._waiting: dict[str, list[pa.Table]] = {}

    def add(self, month: str, tables: dict[str, pa.Table]) -> None:
        """Appends rows; a new month closes the files of the one before."""
        if month != self.month:
            self.close()
            self.month = month
        for name, rows in tables.items():
            if rows.num_rows:
                self.rows[name] = self.rows.get(name, 0) + rows.num_rows
                self._waiting.setdefault(name, []).append(rows)
                if sum(t.num_rows for t in self._waiting[name]) >= ROWS_PER_GROUP:
                    self._flush(name)

    def close(self) -> None:
        """Completes the open files."""
        for name in list(self._waiting):
            self._flush(name)
        for name, writer in self._writers.items():
            writer.close()
            self._path(name, ".partial").replace(self._path(name, ""))
        self._writers.clear()

    def _path(self, name: str, suffix: str) -> Path:
        return self.folder / name / f"{name}-{self.month}.parquet{suffix}"

    def _flush(self, name: str) -> None:
        rows = pa.concat_tables(self._waiting.pop(name))
        if name not in self._writers:
            self._path(name, "").parent.mkdir(parents=True, exist_ok=True)
            self._writers[name] = pq.ParquetWriter(
                self._path(name, ".partial"), rows.schema, compression="snappy", use_dictionary=_REPEATING
            )
        self._writers[name].write_table(rows)


_REPEATING = [
    "direction", "currency", "initiator", "transaction_type", "channel", "merchant_category", "counterparty_name",
    "counterparty_bank", "description", "event_name", "properties", "balance_date", "account_type", "category",
    "reason", "text", "result", "note", "product_id", "branch_id", "staff_id", "city", "occupation", "gender", "tier",
    "registered_city", "kind", "topic", "survey", "comment", "purpose", "version",
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What `history` leaves: the world at the end, rows written per table, who began an episode when, and what the
    applications that began were to come to.
    """

    world: World
    rows: dict[str, int]
    episode_who: Ints
    episode_day: Ints
    cases: Cases


def history(bank: Bank, until: date, write: Path | None, progress: Progress | None = None) -> History:
    """Lives from the first day to the end of `until` and writes everything that happened into folder `write`.

    write: gets one folder per contract table, one file per month (`transaction/transaction-2025-06.parquet`);
    dimensions and open complaints and holdings stand in one file as of `until`. None writes nothing and only
    advances the state. Raises YourMistake when the folder has files already.
    """
    first, last = ordinal(bank.config.start), ordinal(until)
    if last < first:
        raise YourMistake(f"until is {until}", expected=f"a day from {bank.config.start} on", then="give a later day")
    if write and write.exists() and any(write.iterdir()):
        raise YourMistake(
            "the folder is not empty", place=Place(str(write)), then="name a new folder or empty this one"
        )
    world, files = first_world(bank), MonthFiles(write) if write else None
    if files:
        files.add("opening", _opening(world))
    who, days, cases = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], []
    for number in range(first, last + 1):
        facts = live(world, no_contacts())
        who.append(facts.began)
        days.append(np.full(len(facts.began), number))
        cases.extend(facts.cases)
        if files:
            files.add(f"{facts.day.date:%Y-%m}", _final_tables(world, facts))
        if progress:
            progress(number - first + 1, last - first + 1)
    if files:
        files.add("current", _standing(world))
        files.close()
    begun = np.concatenate(who), np.concatenate(days)
    return History(world, files.rows if files else {}, *begun, all_cases(cases))


def _opening(world: World) -> dict[str, pa.Table]:
    """Balances on the eve of the first day of every account that exists then, and what its owners had agreed to."""
    known = world.bank.customers.opened <= world.day
    slot, who = np.nonzero(world.bank.customers.has & known)
    names = labels(world.bank)
    return {
        "balance_daily": balance_rows(names, who, slot, world.balance[slot, who], world.day),
        "consent": consents(world.bank, names, asked(world, np.flatnonzero(known))),
    }


def _final_tables(world: World, facts: DayFacts) -> dict[str, pa.Table]:
    """The day's rows in their last version: settled complaints and ended holdings only."""
    tables = day_tables(world.bank, facts)
    none = facts.complaints.take(np.zeros(0, np.int64))
    tables["complaint"] = complaints(world.bank, labels(world.bank), [none], [facts.settled])
    ended = [h for h in facts.holdings if len(h.ended) and h.ended[0] >= 0]
    return tables | ({"holding": dimensions.holdings(world, ended)} if ended else {})


def _standing(world: World) -> dict[str, pa.Table]:
    """Dimensions as of the world's day, and complaints and holdings still open."""
    known = np.flatnonzero(world.bank.customers.opened <= world.day)
    return {
        **dimensions.organisation(world.bank),
        "customer": dimensions.customers(world, known),
        "assignment": dimensions.assignments(world, known),
        "account": dimensions.accounts(world, known),
        "holding": dimensions.holdings(world, dimensions.running_holdings(world)),
        "complaint": complaints(world.bank, labels(world.bank), [world.complaints], []),
    }


def advance(world: World, days: int, contacts: Contacts | None = None) -> tuple[World, dict[str, pa.Table]]:
    """Lives `days` more days; the new world and the span's rows per contract table.

    contacts: contacts of managers on days of the span (others are ignored); those that reach a customer in an
    episode may turn him back, from the next day on. `world` itself does not change. Tables hold increments: new
    facts, and new versions of customers, accounts, assignments (joined or left), holdings and complaints.
    """
    world, contacts = world.copy(), contacts or no_contacts()
    spans: dict[str, list[pa.Table]] = {}
    for _ in range(days):
        facts = live(world, contacts.take(contacts.day == world.day + 1))
        for name, rows in _increments(world, facts).items():
            spans.setdefault(name, []).append(rows)
    return world, {name: pa.concat_tables(parts) for name, parts in spans.items()}


def _increments(world: World, facts: DayFacts) -> dict[str, pa.Table]:
    again = assessed_today(world.bank, world.day)
    changed = np.unique(np.concatenate([facts.joined, facts.left, again[world.alive[again]]]))
    moved = np.concatenate([facts.joined, facts.left])
    return {
        "customer": dimensions.customers(world, changed),
        "assignment": dimensions.assignments(world, moved),
        "account": dimensions.accounts(world, moved),
        "holding": dimensions.holdings(world, facts.holdings),
        **day_tables(world.bank, facts),
    }


def positions(world: World, customer_ids: list[str]) -> Ints:
    """Positions of customer ids in the world; YourMistake names the first unknown one."""
    index = world.bank.customers.index
    order = np.argsort(index, kind="stable")
    wanted = np.array([_customer_index(c) for c in customer_ids], np.int64)
    place = order[np.minimum(np.searchsorted(index, wanted, sorter=order), len(index) - 1)]
    unknown = np.flatnonzero(index[place] != wanted)
    if len(unknown):
        raise YourMistake(
            f"unknown customer {customer_ids[unknown[0]]!r}",
            expected="an id of the customer table, like C100000001",
            then="check the list",
        )
    return place


def _customer_index(customer_id: str) -> int:
    number = customer_id[1:]
    plain = customer_id[:1] == "C" and len(number) >= 9 and number.isascii() and number.isdigit()
    return int(number) - 100_000_000 if plain else -1
