"""Who enters six campaigns of two arms each, for a million customers of whom three in ten are in each audience.

Audiences are made up and gates are left out: what is timed is membership, the three draws, and the cut by budget, rate
and one marketing contact a day. LIUKE_BENCH_CUSTOMERS sets the size.
"""

from __future__ import annotations

import json
import os
import time
from datetime import date

import numpy as np
import pyarrow as pa

from benchmarks.machine import machine, peak_memory_mb
from liuke.act.campaigns.catalogue import Shelf, parse_campaign
from liuke.act.campaigns.cutting import Used, cut, ordered, places
from liuke.act.campaigns.entering import CALLED, Plan, entrants
from liuke.act.offers.wording_policy import WordingPolicy
from liuke.engine import DuckEngine
from liuke.insight.rules.references import Names

CUSTOMERS = int(os.environ.get("LIUKE_BENCH_CUSTOMERS", "1000000"))
CAMPAIGNS = 6
SHARE = 0.3
DAY = date(2026, 6, 30)
TEXT = """
name: {zh: 试, en: Trial}
description: {zh: 试, en: Trial}
owner: bench
theme: trial
kind: recurring
re_entry: after
re_entry_days: 30
audience: {attribute: age, op: ">=", value: 0}
valid: {from: 2026-01-01, to: 2026-12-31}
arms:
  service: {channel: sms, price: 0.05, message_class: service, wording: {zh: 您好, en: Hello}}
  marketing: {channel: sms, price: 0.05, message_class: marketing, purpose: marketing, wording: {zh: 您好, en: Hello}}
holdout_share: 0.1
budget: {messages: 1000000}
rate: {per_day: 10000}
"""
ENTERED = pa.schema([("campaign", pa.string()), ("customer_id", pa.string()), ("last_on", pa.date32())])
CLAIMED = pa.schema([("customer_id", pa.string()), ("treatment", pa.string())])


def main() -> None:
    """Prints one JSON object."""
    before = machine()
    shelf = Shelf(Names(), {}, (), WordingPolicy())
    made = [parse_campaign(TEXT, shelf, code=f"c{n}") for n in range(CAMPAIGNS)]
    engine, dice = DuckEngine(memory_limit_mb=3000, threads=2), np.random.default_rng(1)
    who = pa.array([f"C{n:09d}" for n in range(CUSTOMERS)])
    meant = {f"campaign_{c.code}": pa.array(dice.random(CUSTOMERS) < SHARE) for c in made}
    found = engine.materialise(engine.from_arrow(pa.table({"customer_id": who} | meant)))
    called, entered, claimed = (engine.from_arrow(s.empty_table()) for s in (CALLED, ENTERED, CLAIMED))
    begun, cpu = time.perf_counter(), time.process_time()
    rows = engine.materialise(entrants(engine, Plan(made, (), {}, DAY, "salt"), found, called, entered))
    drawn = time.perf_counter()
    done = cut(engine, rows, [(c, places(c, Used(), 11)) for c in ordered(made)], claimed)
    ended = time.perf_counter()
    figures = {
        "customers": CUSTOMERS,
        "candidates": engine.count(rows),
        "entered": engine.count(done.rows),
        "membership and draws, s": round(drawn - begun, 1),
        "cut, s": round(ended - drawn, 1),
        "CPU, s": round(time.process_time() - cpu, 1),
        "peak memory, MB": peak_memory_mb(),
    }
    print(json.dumps({"figures": figures, "machine": before}, ensure_ascii=False))


if __name__ == "__main__":
    main()
