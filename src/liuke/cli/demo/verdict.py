"""What the product measured beside what the simulation knows."""

from __future__ import annotations

from dataclasses import dataclass

from liuke.act.loop_policy import read_loop_policy
from liuke.cli.demo.plan import Plan
from liuke.engine import Engine
from liuke.lake import known
from liuke.sim import Decision, World, counterfactual
from liuke.tables import CONTACT, DECISION, OUTCOME
from liuke.track.effect import EffectReport, effect, first_decisions
from liuke.track.outcomes import read_outcome_policy
from liuke.wiring import House


@dataclass(frozen=True, slots=True)
class Verdict:
    """measured: the product's own report. true_effect: mean effect of deciding to treat, over the same matured
    decisions, from the two counterfactual worlds; a share. covered: whether the interval holds the truth.
    """

    measured: EffectReport
    true_effect: float
    decisions: int

    @property
    def covered(self) -> bool:
        """Whether the 95% interval of the difference contains the true effect."""
        found = self.measured.difference
        return found is not None and found.low <= self.true_effect <= found.high


def judge(house: House, plan: Plan, beginning: World) -> Verdict:
    """Measures the effect as `liuke effect` does, then asks the simulation what it truly was."""
    horizon = read_outcome_policy(house.policy("outcome")).primary
    with house.engine() as engine:
        measured = _measured(house, engine, plan, horizon)
        rows = first_decisions(house.lake.scan(engine, DECISION)).select("customer_id", "as_of").order_by("customer_id")
        decided = [Decision(row["customer_id"], row["as_of"]) for row in engine.arrow(rows).to_pylist()]
    truth = counterfactual(plan.config, decided, (horizon,), plan.end, beginning)
    return Verdict(measured, truth.effect(horizon), len(decided))


def _measured(house: House, engine: Engine, plan: Plan, horizon: int) -> EffectReport:
    as_of = house.as_of(plan.end)
    contacts = known(house.lake.scan(engine, CONTACT), CONTACT, as_of)
    decisions, outcomes = (house.lake.scan(engine, table) for table in (DECISION, OUTCOME))
    experiment = read_loop_policy(house.policy("loop")).experiment
    return effect(engine, decisions, outcomes, contacts, experiment, horizon, as_of)
