"""Mornings of a synthetic bank with known effects: who is warned, and which orders each way of choosing gives.

Who is called is drawn by lot, as a bank does that measures; what is learned from it decides on the last morning.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from liuke.act.arbitrate.arbitrate import arbitrate
from liuke.act.arbitrate.lever_policy import Exploration, LeverPolicy, Use
from liuke.act.arbitrate.value import CANDIDATE
from liuke.act.holdout import draw
from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.churn.signals import signals
from liuke.insight.churn.warning_policy import WarningPolicy
from liuke.insight.known import SHANGHAI, BankTables, tables_as_of
from liuke.sim import Decision, SimConfig, counterfactual, found_bank, history
from liuke.sim.behaviour import EVENT_NAMES
from liuke.stats.compare import Interval
from liuke.tables import Table
from liuke.track.advantage import advantage
from liuke.track.uplift import evidence, with_uplift

END: Final = date(2026, 6, 30)
HORIZON: Final = 60
CHOSEN_ON: Final = END - timedelta(days=HORIZON)
LEARNED_ON: Final = tuple(CHOSEN_ON - timedelta(days=HORIZON + ago) for ago in (5, 25, 45))
LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
CARE: Final = {
    "treatment": "rm_care", "source": "churn", "source_id": "rm_care", "theme": "care", "message_class": "service",
    "channel": "phone", "eligible": True, "applicable": True, "experiment": "rm_care", "holdout_share": 0.0,
}  # fmt: skip
COUNTING: Final = Use(value=False, cost=False, fatigue=False)
BY_VALUE: Final = LeverPolicy(use=COUNTING, exploration=Exploration(share=0.0), least_evidence=100)
BY_SCORE: Final = LeverPolicy(use=COUNTING.model_copy(update={"uplift": False}), exploration=Exploration(share=0.0))
"""Both count customers, not money. By score: the propensity is the churn score itself, whatever calls have done."""


class Mornings:
    """Mornings of one bank: warned customers, and for each what would become of him with and without an order.

    past: those of three mornings whose outcomes are known by the last one; today: those of the last one.
    """

    def __init__(self, engine: Engine, config: SimConfig, folder: Path, *, daily_from: int = 18) -> None:
        """daily_from: events in 180 days from which a customer's segment is `daily`."""
        self.engine = engine
        start = history(found_bank(config), min(LEARNED_ON), None).world
        history(found_bank(config), CHOSEN_ON, folder)
        mornings = {day: warned(engine, folder, day, daily_from) for day in (*LEARNED_ON, CHOSEN_ON)}
        rows = [row | {"day": day} for day, table in mornings.items() for row in engine.arrow(table).to_pylist()]
        truth = counterfactual(config, [Decision(r["customer_id"], r["day"]) for r in rows], (HORIZON,), END, start)
        assert truth.mature.all()
        called, left = truth.treated[0].retained, truth.untreated[0].retained
        for row, with_order, without in zip(rows, called, left, strict=True):
            row.update(
                {"effect": float(with_order) - float(without), "called": bool(with_order), "left": bool(without)}
            )
        self.past = [r for r in rows if r["day"] != CHOSEN_ON]
        self.today = [r for r in rows if r["day"] == CHOSEN_ON]

    def draw_arms(self, salt: str) -> None:
        """Half of the customers are called; each has the outcome of his arm."""
        for row in (*self.past, *self.today):
            treated = draw(row["customer_id"], str(row["day"]), salt) < 0.5
            row["arm"], row["retained"] = ("treated", row["called"]) if treated else ("holdout", row["left"])

    def learned(self) -> ir.Table:
        """The evidence of the mornings before, from the arm each customer was in."""
        loops, days = [f"L{n}" for n in range(len(self.past))], [r["day"] for r in self.past]
        columns = {n: [r[n] for r in self.past] for n in ("customer_id", "arm", "segment")}
        same = {"loop_id": loops, "experiment": ["rm_care"] * len(loops), "as_of": days}
        decisions = pa.table(columns | same | {"exposure": [r["score"] for r in self.past]})
        matured = [day + timedelta(days=HORIZON) for day in days]
        outcomes = pa.table(
            {"loop_id": loops, "horizon_days": [HORIZON] * len(loops), "matured_on": matured,
             "retained": [r["retained"] for r in self.past]}
        )  # fmt: skip
        known = AsOf(CHOSEN_ON, datetime(2026, 5, 2, tzinfo=UTC))
        engine = self.engine
        found = evidence(engine, engine.from_arrow(decisions), engine.from_arrow(outcomes), HORIZON, known)
        return engine.from_arrow(found)

    def chosen(self, policy: LeverPolicy, found: ir.Table) -> set[str]:
        """Who gets an order on the last morning: each branch has places for a third of its warned customers."""
        rows = [CARE | {"customer_id": r["customer_id"], "propensity": r["score"], "segment": r["segment"],
                        "exposure": r["score"]} for r in self.today]  # fmt: skip
        kinds_of = {"string": pa.string(), "float64": pa.float64(), "int64": pa.int64(), "boolean": pa.bool_()}
        fields = [(n, kinds_of[k]) for n, k in CANDIDATE.items()]
        schema = pa.schema([*fields, ("segment", pa.string()), ("exposure", pa.float64())])
        candidates = with_uplift(self.engine.from_arrow(pa.Table.from_pylist(rows, schema=schema)), found)
        columns = {"customer_id": [r["customer_id"] for r in self.today], "desk": [r["branch_id"] for r in self.today]}
        people = self.engine.from_arrow(pa.table(columns)).mutate(automated_off=ibis.literal(False))
        desks = people.group_by("desk").aggregate(capacity=(people.count() / 3).floor().cast("int64"))
        made = arbitrate(self.engine, candidates, people, desks, policy, CHOSEN_ON, "truth")
        fates = made.fates.filter(made.fates.fate == "chosen")
        return set(self.engine.arrow(fates.select("customer_id"))["customer_id"].to_pylist())

    def kept(self, who: set[str]) -> float:
        """Customers truly kept per contact."""
        return float(np.mean([r["effect"] for r in self.today if r["customer_id"] in who]))

    def measured(self, a: set[str], b: set[str]) -> Interval:
        """The advantage of choosing `a`, from the arms of the last morning."""
        assert len(a) == len(b)
        columns = {n: [r[n] for r in self.today] for n in ("arm", "retained")}
        sides = {n: [r["customer_id"] in who for r in self.today] for n, who in (("in_a", a), ("in_b", b))}
        found = advantage(self.engine, self.engine.from_arrow(pa.table(columns | sides)), len(a))
        assert found is not None
        return found


def tables(engine: Engine, folder: Path, day: date) -> BankTables:
    """What `history` wrote into `folder`, as known at the end of the day."""

    def rows(table: Table) -> ir.Table:
        files = sorted(str(file) for file in (folder / table.name).glob("*.parquet"))
        if not files:
            return engine.scan([], table.arrow)
        found = ibis.union(*[engine.from_parquet(f) for f in files], distinct=False) if files[1:] else None
        return _whole(table, engine.from_parquet(files[0]) if found is None else found)

    return tables_as_of(lambda table: engine.layer(rows(table)), AsOf.end_of(day, SHANGHAI), SHANGHAI)


def warned(engine: Engine, folder: Path, day: date, daily_from: int) -> ir.Table:
    """Customers with a red or orange warning on the day, by number. segment: how much of the app in 180 days."""
    as_of = AsOf.end_of(day, SHANGHAI)
    bank = tables(engine, folder, day)
    found = engine.materialise(signals(bank, as_of, WarningPolicy()))
    since = ibis.literal(day - timedelta(days=180))
    plain = bank.event.event_name.isin(EVENT_NAMES)  # steps of an application or a payment are no further use of it
    visits = bank.event.filter(bank.event.business_date > since, plain)
    visits = visits.group_by("customer_id").aggregate(visits=lambda t: t.count())
    rows = found.filter(found.tier.isin(["red", "orange"])).left_join(visits, "customer_id")
    rows = rows.select("customer_id", "tier", "score", visits=rows.visits.fill_null(0))
    rows = rows.left_join(bank.customer.select("customer_id", "branch_id"), "customer_id").drop("customer_id_right")
    return engine.materialise(rows.mutate(segment=_use_of_app(rows.visits, daily_from)).order_by("customer_id"))


def _use_of_app(visits: ir.IntegerValue, daily_from: int) -> ir.StringValue:
    return ibis.cases((visits < 12, "rare"), (visits < daily_from, "often"), else_="daily")


def _whole(table: Table, found: ir.Table) -> ir.Table:
    """With the columns a load adds; everything has been known for long."""
    system: dict[str, ir.Value] = {
        "source": ibis.literal("sim"), "batch_id": ibis.literal("b"), "line": ibis.literal(1, "int64"),
        "ingested_at": ibis.literal(LONG_AGO),
    }  # fmt: skip
    if table.event_time:
        moment = found[table.event_time]
        system["business_date"] = moment if moment.type().is_date() else (moment + ibis.interval(hours=8)).date()
    wanted = ibis.schema(table.arrow)
    added = {
        n: system[n] if n in system else ibis.null(wanted[n].copy(nullable=True))
        for n in table.names
        if n not in found.columns
    }
    return found.mutate(**added).select(*table.names)
