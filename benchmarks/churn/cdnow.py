"""CDNOW: who of the customers of the last 180 days buys nothing in the next 90? Purchases as transactions.

A shop has no balances, so there is no `not yet fallen`; recency alone is the one-liner to beat (AUC 0.636 by the
issue). Snapshots every 15 days over the eighteen months; the days judged on follow the closed windows of the rest.
"""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

from benchmarks.churn.home import auc_of, define, liuke, told, train
from benchmarks.section import Section, public_data

DEFINITION = {
    "name": {"zh": "不再购买", "en": "No purchase"},
    "horizon_days": 90,
    "losses": [{"kind": "no_activity"}],
    "at_risk": {"minimum_aum": None, "minimum_transactions": 1, "within_days": 180},
}
TRAINING = {"every": 15, "snapshots": 60, "history_days": 180, "test_share": 0.1}
TARGET = 0.71
SOURCE = """
name: cdnow
time_zone: America/New_York
history: backfill
files:
  - table: branch
    rows: [{id: SHOP, name: Shop, level: head}]
    columns: {branch_id: id, name: name, level: level}
  - table: customer
    path: customers.csv
    columns: {customer_id: customer, branch_id: {const: SHOP}, opened_on: {from: first, format: "%Y%m%d"}}
  - table: account
    path: customers.csv
    columns:
      account_id: customer
      customer_id: customer
      account_type: {const: other}
      currency: {const: USD}
      opened_on: {from: first, format: "%Y%m%d"}
  - table: transaction
    path: purchases.csv
    columns:
      transaction_id: number
      account_id: customer
      occurred_at: {from: date, format: "%Y%m%d"}
      direction: {const: out}
      amount: dollars
      currency: {const: USD}
      initiator: {const: customer}
      transaction_type: {const: card}
      channel: {const: web}
"""


def write_files(text: Path, folder: Path) -> None:
    """The master file as two CSV files: purchases with a running number, and each customer's first day."""
    rows = [line.split() for line in text.read_text(encoding="ascii").splitlines()[1:]]
    first: dict[str, str] = {}
    with (folder / "purchases.csv").open("w", newline="", encoding="utf-8") as handle:
        out = csv.writer(handle)
        out.writerow(["number", "customer", "date", "dollars"])
        for number, (customer, day, _, dollars) in enumerate(rows):
            out.writerow([f"P{number}", f"C{customer}", day, dollars])
            first[customer] = min(first.get(customer, day), day)
    with (folder / "customers.csv").open("w", newline="", encoding="utf-8") as handle:
        out = csv.writer(handle)
        out.writerow(["customer", "first"])
        out.writerows((f"C{customer}", day) for customer, day in sorted(first.items()))


def run() -> Section:
    """Loads, trains, compares."""
    with tempfile.TemporaryDirectory(prefix="liuke-cdnow-") as folder:
        home, files = Path(folder) / "home", Path(folder) / "files"
        files.mkdir()
        write_files(public_data() / "cdnow" / "CDNOW_master.txt", files)
        liuke("init", home)
        (home / "sources" / "cdnow.yaml").write_text(SOURCE, encoding="utf-8")
        liuke("load", home / "sources" / "cdnow.yaml", "--home", home, "--data", files, "--json")
        define(home, DEFINITION, TRAINING)
        result = train(home)
    found = auc_of(result, "all")
    recency = result["figures"]["all"]["baselines"].get("recency") or float("nan")
    ratios = {f"all.auc_to_target_{TARGET}": round(found / TARGET, 4), "all.auc_to_recency": round(found / recency, 4)}
    return Section(told(result), dict(ratios))
