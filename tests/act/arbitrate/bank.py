"""Small hands of candidates, customers and desks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from liuke.act.arbitrate.arbitrate import Arbitrated, arbitrate
from liuke.act.arbitrate.lever_policy import Exploration, LeverPolicy, Use
from liuke.act.arbitrate.value import CANDIDATE
from liuke.engine import Engine

DAY = date(2026, 3, 31)
SALT = "test"
_KINDS = {"string": pa.string(), "float64": pa.float64(), "int64": pa.int64(), "boolean": pa.bool_()}
SCHEMA = pa.schema([(name, _KINDS[kind]) for name, kind in CANDIDATE.items()])
PEOPLE = pa.schema([("customer_id", pa.string()), ("desk", pa.string()), ("automated_off", pa.bool_())])
DESKS = pa.schema([("desk", pa.string()), ("capacity", pa.int64())])

PLAIN = LeverPolicy(
    use=Use(cost=False, fatigue=False), exploration=Exploration(share=0.0), effort={"phone": 1, "visit": 3}
)
"""Value only, nobody drawn."""


def candidate(customer_id: str, treatment: str, **over: Any) -> dict[str, Any]:
    """A marketing push worth 10 that passed everything; `over` changes it."""
    return {
        "customer_id": customer_id, "treatment": treatment, "source": "offer", "source_id": treatment, "theme": "care",
        "message_class": "marketing", "channel": "push", "eligible": True, "applicable": True, "propensity": 0.1,
        "value_kept": 100.0,
    } | over  # fmt: skip


def call(customer_id: str, worth: float, treatment: str = "rm_care", **over: Any) -> dict[str, Any]:
    """A call expected to bring `worth`."""
    return candidate(customer_id, treatment, channel="phone", value_kept=worth, propensity=1.0, source="churn", **over)


def decided(
    engine: Engine,
    rows: list[dict[str, Any]],
    policy: LeverPolicy = PLAIN,
    desks: dict[str, int] | None = None,
    desk_of: dict[str, str] | None = None,
    off: tuple[str, ...] = (),
) -> Arbitrated:
    """Arbitration over rows; every customer at desk D (of 100 places) unless said otherwise."""
    who = sorted({row["customer_id"] for row in rows})
    places = {"D": 100} if desks is None else desks
    people = [{"customer_id": c, "desk": (desk_of or {}).get(c, "D"), "automated_off": c in off} for c in who]
    return arbitrate(
        engine,
        engine.from_arrow(pa.Table.from_pylist(rows, schema=SCHEMA)),
        engine.from_arrow(pa.Table.from_pylist(people, schema=PEOPLE)),
        engine.from_arrow(pa.Table.from_pylist([{"desk": d, "capacity": n} for d, n in places.items()], schema=DESKS)),
        policy,
        DAY,
        SALT,
    )


def fate_rows(engine: Engine, made: Arbitrated) -> dict[tuple[str, str], dict[str, Any]]:
    """Fates by customer and treatment."""
    return {(r["customer_id"], r["treatment"]): r for r in engine.arrow(made.fates).to_pylist()}


def told(engine: Engine, rows: list[dict[str, Any]], **how: Any) -> dict[str, str]:
    """'C1 push' → fate."""
    return {f"{c} {t}": r["fate"] for (c, t), r in fate_rows(engine, decided(engine, rows, **how)).items()}
