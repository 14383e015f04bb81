"""Whose past a partition remembers: the customers that the publisher puts there."""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.streaming.partitioned.messages import partition_of


def customers_of(engine: Engine, tables: BankTables, number: int, partitions: int) -> ir.Table:
    """The `customer_id` of customers, of owners of accounts, and of whomever events name, in the partition `number`.

    Ids pass through this process in batches: no engine knows the CRC-32 of a text. Release the table after use.
    """
    named = ibis.union(
        *(t.select("customer_id") for t in (tables.customer, tables.account, tables.event)), distinct=True
    )
    schema = pa.schema([("customer_id", pa.string())])

    def kept() -> Iterator[pa.RecordBatch]:
        for batch in engine.batches(named.filter(named.customer_id.notnull())):
            ids = [each for each in batch.column(0).to_pylist() if partition_of(each, partitions) == number]
            yield pa.record_batch([pa.array(ids, pa.string())], schema=schema)

    return engine.from_arrow(pa.RecordBatchReader.from_batches(schema, kept()))


__all__ = ["customers_of"]
