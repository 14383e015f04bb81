"""A bank whose fates are known: warned on day 60 ago, and what then happened."""

import pyarrow as pa

from liuke.lake import Lake
from liuke.tables import CONTRACTS
from tests.insight.bank import Bank, account, balance, customer, transaction


def five_fates() -> Bank:
    """Warned on day 60 ago: C1 (lost, 20 days later) and C2 (kept). C3 is lost unwarned, C4 stays, C5 is dormant."""
    people = [f"C{n}" for n in range(1, 6)]
    rows = [balance(300, 100_000, f"A{n}") for n in range(1, 5)] + [balance(300, 10, "A5")]
    rows += [balance(65, 20_000, "A1"), balance(65, 20_000, "A2"), balance(40, 0, "A1"), balance(50, 0, "A3")]
    return {
        "customer": [customer(c) for c in people],
        "account": [account(f"A{c[1]}", c) for c in people],
        "balance_daily": rows,
        "transaction": [transaction(n, "A5", initiator="bank") for n in (0, 300)],
    }


def filled(lake: Lake, bank: Bank) -> Lake:
    """The bank's rows in the lake."""
    for name, rows in bank.items():
        table = CONTRACTS[name]
        lake.append(table, pa.Table.from_pylist(rows, schema=table.arrow), commit_id=name)
    return lake
