"""What a treatment costs the bank, by the policies and files of now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir

from liuke.act.arbitrate.parts import OFFER_EXPERIMENT
from liuke.act.campaigns.catalogue import Campaign, experiment_of, treatment_of
from liuke.act.offers.catalogue import Offer
from liuke.insight.churn.score_policy import ScorePolicy

_CAMPAIGN = experiment_of("")


@dataclass(frozen=True, slots=True)
class Prices:
    """Bank currency. order: of one work order, whatever becomes of it. offers: of an order that carries the offer, by
    experiment. arms: of one customer in a campaign's arm, by treatment; dearest: by experiment, for arms that are gone.
    worth: what one unit of AUM kept earns.
    """

    order: float
    offers: Mapping[str, float] = field(default_factory=dict)
    arms: Mapping[str, float] = field(default_factory=dict)
    dearest: Mapping[str, float] = field(default_factory=dict)
    worth: float = 0.0

    def of(self, rows: ir.Table) -> ir.FloatingValue:
        """Cost of each decision (columns experiment, treatment, arm): 0 for hold-outs, null for a campaign whose file
        cannot be read.
        """
        campaign = rows.experiment.startswith(_CAMPAIGN)
        known = [(rows.treatment == name, price) for name, price in sorted(self.arms.items())]
        gone = [(rows.experiment == name, price) for name, price in sorted(self.dearest.items())]
        carried = [(rows.experiment == name, price) for name, price in sorted(self.offers.items())]
        none = ibis.null("float64")
        return ibis.cases(
            (rows.arm != "treated", 0.0),
            *((campaign & test, price) for test, price in [*known, *gone]),
            (campaign, none),
            *carried,
            else_=self.order,
        ).cast("float64")


def prices(score: ScorePolicy, campaigns: Mapping[str, Campaign], offers: Mapping[str, Offer]) -> Prices:
    """An order costs `contact_cost` of score.yaml: one contact by an RM, as no policy knows minutes. An offer adds its
    benefit's cost; a campaign's arm costs what its budget counts. Kept AUM earns yearly_margin for margin_years.
    """
    order = float(score.contact_cost)
    return Prices(
        order=order,
        offers={OFFER_EXPERIMENT + code: order + offer.spec.benefit.cost for code, offer in offers.items()},
        arms={treatment_of(c.code, arm.code): arm.cost_cents / 100 for c in campaigns.values() for arm in c.arms},
        dearest={c.experiment: c.dearest_cents / 100 for c in campaigns.values()},
        worth=score.yearly_margin * score.margin_years,
    )
