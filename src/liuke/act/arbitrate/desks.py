"""The best set of orders for each desk within its places.

The engine leaves, per desk and effort, only the customers who can be in a best set: the M with the largest gain, M
being the orders that fit at most, and one more, who tells what a place is worth. (Who is not among the M takes the
option only while one of them takes none, and handing it to that one loses nothing.) So what is solved in memory is
bounded by the places, not by the customers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from liuke.act.arbitrate.knapsack import BestSet, Ints, best_set
from liuke.act.arbitrate.ties import turn
from liuke.engine import Engine

PICK = pa.schema([("customer_id", pa.string()), ("effort", pa.int64())])
LOAD = pa.schema(
    [
        ("desk", pa.string()), ("capacity", pa.int64()), ("used", pa.int64()), ("orders", pa.int64()),
        ("gain", pa.float64()), ("bound", pa.float64()), ("price", pa.float64()), ("exact", pa.bool_()),
    ]
)  # fmt: skip
"""One row per desk with something to choose. gain: what its orders bring over doing without them; bound: no set brings
more; price: what one more place would bring; exact: whether the set is proved best. Money in the bank's currency."""


@dataclass(frozen=True, slots=True)
class Filled:
    """picks: PICK rows, one per order. loads: LOAD rows, by desk."""

    picks: pa.Table
    loads: pa.Table


def waiting(offers: ir.Table, salt: str) -> ir.Table:
    """The options that may be in a best set.

    offers: customer_id, desk, room (places left), effort, gain: what the order brings over the best without it.
    """
    offers = offers.filter(offers.gain > 0, offers.effort <= offers.room)
    most = offers.mutate(least=offers.effort.min().over(ibis.window(group_by="desk")))
    most = most.mutate(many=(most.room - most.room % most["least"]) / most["least"])
    alike = ibis.window(group_by=["desk", "effort"], order_by=ibis.desc("gain"))
    few = most.mutate(place=ibis.rank().over(alike))
    few = few.filter(few.place <= few.many)
    few = few.mutate(turn=turn(few, salt))
    exact = ibis.window(group_by=["desk", "effort"], order_by=[ibis.desc("gain"), "turn", "customer_id"])
    few = few.mutate(place=ibis.row_number().over(exact))
    return few.filter(few.place <= few.many).select("desk", "customer_id", "room", "effort", "gain", "turn")


def fill(engine: Engine, offers: ir.Table, salt: str) -> Filled:
    """Solves every desk. offers as for `waiting`; each desk's set is independent of every other's."""
    kept = engine.arrow(waiting(offers, salt).order_by("desk", "turn", "customer_id", "effort"))
    if not kept.num_rows:
        return Filled(PICK.empty_table(), LOAD.empty_table())
    chosen, loads = [], []
    effort, gain = kept["effort"].to_numpy(), kept["gain"].to_numpy()
    customer, room = _codes(kept["customer_id"]), kept["room"].to_numpy()
    for at, end in _runs(_codes(kept["desk"])):
        found = best_set(customer[at:end], effort[at:end], gain[at:end], int(room[at]))
        chosen.append(found.chosen + at)
        loads.append(_load(kept["desk"][at].as_py(), int(room[at]), effort[at:end], found))
    picked = kept.take(pa.array(np.concatenate(chosen)))
    return Filled(picked.select(PICK.names).cast(PICK), pa.Table.from_pylist(loads, schema=LOAD))


def _load(desk: str, capacity: int, effort: Ints, found: BestSet) -> dict[str, object]:
    return {
        "desk": desk, "capacity": capacity, "used": int(effort[found.chosen].sum()), "orders": len(found.chosen),
        "gain": found.gain, "bound": found.bound, "price": found.price, "exact": found.exact,
    }  # fmt: skip


def _codes(names: pa.ChunkedArray) -> Ints:
    codes: Ints = names.combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    return codes


def _runs(codes: Ints) -> Iterator[tuple[int, int]]:
    """Where equal codes stand together: first row, row after the last."""
    starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    yield from zip(starts.tolist(), [*starts[1:].tolist(), len(codes)], strict=True)
