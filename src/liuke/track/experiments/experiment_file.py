"""`experiments/<code>.yaml`: one experiment as a bank writes it, before anybody has entered."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from liuke.errors import Wrong
from liuke.settings import Name
from liuke.yaml_file import Document

Evidence = Literal["randomised", "switchback", "before_after"]
Unit = Literal["customer", "rm", "branch"]
SourceKind = Literal["loop", "campaign", "trigger", "offer", "book"]
Covariate = Literal["aum", "score", "aum_30", "transactions_30"]
Grouping = Literal["tier", "customer_tier", "branch", "week"]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Share = Annotated[float, Field(gt=0, lt=1)]
WEAKER: Final[tuple[Evidence, ...]] = ("switchback", "before_after")
"""Evidence that rests on more than a draw of customers, and is labelled so wherever it is shown."""
CLUSTERED: Final[tuple[Unit, ...]] = ("rm", "branch")


class Source(Document):
    """Whose customers, and who drew them.

    loop: customers decided about by the warning loop, against its standing hold-out. campaign, trigger, offer: those
    of the campaign, trigger rule or offer `code`. book: every customer of the drawn relationship managers or branches
    on the day the experiment starts; only for units rm and branch.
    """

    kind: SourceKind
    code: Code | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if (self.kind in ("campaign", "trigger", "offer")) != (self.code is not None):
            raise Wrong(
                "source_code", "a source of kind campaign, trigger or offer names its `code`, and only these do"
            )
        return self


class Arms(Document):
    """The two arms that are compared, and the planned share of every arm that is drawn.

    treated, control: arms of the draw (treated, holdout), or two arms of one campaign by their codes. shares: of all
    arms, together 1; empty: as the source draws. Where it is written it must be what the source draws.
    """

    treated: Code = "treated"
    control: Code = "holdout"
    shares: dict[Code, Share] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _are_two(self) -> Self:
        if self.treated == self.control:
            raise Wrong("arms_are_two", "the treated and the control arm are the same: {name}", name=self.treated)
        if not self.shares:
            return self
        if not math.isclose(sum(self.shares.values()), 1, abs_tol=1e-6):
            raise Wrong(
                "shares_sum",
                "the shares of the arms add up to {sum}, not to 1",
                sum=round(sum(self.shares.values()), 4),
            )
        for arm in (self.treated, self.control):
            if arm not in self.shares:
                raise Wrong("arm_without_share", "the arm {name} has no share", name=arm)
        return self


class Guardrail(Document):
    """What must not suffer. harm: the smallest fall that matters, in the outcome's own unit (0.01 of a share)."""

    harm: float = Field(gt=0)


class Metrics(Document):
    """What is measured: codes of `policies/experiment_outcomes.yaml`. More is better in every one of them.

    primary: what decides, the first being the headline; several are adjusted for one another (Holm). guardrails: what
    must not suffer. money: an outcome of kind aum_kept_share, from which the AUM kept is reckoned. covariates: facts of
    before the entry that make intervals narrower (CUPED): AUM and warning score at entry, AUM 30 days before it, own
    transactions in the 30 days up to it.
    """

    primary: tuple[Code, ...] = Field(min_length=1, max_length=5)
    guardrails: dict[Code, Guardrail] = Field(default_factory=dict)
    money: Code | None = None
    covariates: tuple[Covariate, ...] = ()

    @model_validator(mode="after")
    def _stand_once(self) -> Self:
        if len(set(self.primary)) < len(self.primary) or len(set(self.covariates)) < len(self.covariates):
            raise Wrong("metric_twice", "a metric or a covariate stands here twice")
        for code in self.guardrails:
            if code in self.primary:
                raise Wrong("guardrail_is_primary", "{name} is a primary metric and a guardrail", name=code)
        return self


class Start(Document):
    """When entrants begin to count: on the data day `on`, or, without it, with the first run after the approval."""

    on: date | None = None


class Stop(Document):
    """When it is over; the first that comes.

    units_reached: as many units are measured as were planned. on: on that data day. early_after_days: the always-valid
    interval of the first primary metric leaves out zero, not before so many days; empty: never early. on_harm: a
    guardrail is harmed. at_most_days: after so many days in any case.
    """

    units_reached: bool = True
    on: date | None = None
    early_after_days: int | None = Field(14, ge=1, le=1826)
    on_harm: bool = True
    at_most_days: int = Field(365, ge=1, le=1826)


class Assumed(Document):
    """What the planner takes where nothing was measured yet. mean: of the first primary metric in the control arm;
    variance: of a customer's value, for a share it follows from the mean; entrants_per_day: customers.
    """

    mean: float
    variance: float | None = Field(None, ge=0)
    entrants_per_day: float = Field(ge=0)

    @model_validator(mode="after")
    def _has_variance(self) -> Self:
        if self.variance is None and not 0 <= self.mean <= 1:
            raise Wrong("variance_wanted", "`variance` is left out only where `mean` is a share from 0 to 1")
        return self


class ExperimentFile(Document):
    """One experiment, pre-registered: what is frozen when it starts.

    hypothesis: what is expected, and why, so that somebody else can say whether it came true. evidence: randomised, or
    one of the weaker kinds: switchback (days of entry take turns, `period_days` each; needs a source that treats
    everybody alike within a period) and before_after (entrants of `before_days` before the start beside those after).
    unit: what was drawn. rm, branch: whole relationship managers or branches, drawn by the registry at the start; the
    treatment is something they do with the source's customers. mde: the smallest difference of the first primary metric
    worth acting on. segment: read apart; stratum: put together again.
    """

    name: Name
    hypothesis: Name
    owner: str = Field(min_length=1)
    version: str = "1"
    evidence: Evidence = "randomised"
    source: Source
    unit: Unit = "customer"
    among: tuple[str, ...] = ()
    arms: Arms = Arms()
    metrics: Metrics
    mde: float = Field(gt=0)
    power: float = Field(0.8, ge=0.5, le=0.99)
    level: float = Field(0.95, ge=0.8, le=0.999)
    segment: Grouping | None = None
    stratum: Grouping | None = None
    start: Start = Start()
    stop: Stop = Stop()
    period_days: int | None = Field(None, ge=1, le=60)
    before_days: int | None = Field(None, ge=7, le=730)
    assumed: Assumed | None = None

    @model_validator(mode="after")
    def _fits_its_evidence(self) -> Self:
        for key, evidence in (("period_days", "switchback"), ("before_days", "before_after")):
            if (getattr(self, key) is not None) != (self.evidence == evidence):
                raise Wrong(
                    "key_of_evidence",
                    "`{key}` belongs to evidence {evidence}, and only there",
                    key=key,
                    evidence=evidence,
                )
        if self.evidence in WEAKER and self.unit != "customer":
            raise Wrong("weaker_of_customers", "evidence {evidence} has the unit customer", evidence=self.evidence)
        if self.source.kind == "book" and self.unit not in CLUSTERED:
            raise Wrong("book_of_units", "the source book is read by rm or by branch")
        if self.among and self.unit not in CLUSTERED:
            raise Wrong("among_of_units", "`among` names branches whose rm or branches are drawn; customers are not")
        return self

    @model_validator(mode="after")
    def _arms_fit(self) -> Self:
        own = {self.arms.treated, self.arms.control} == {"treated", "holdout"}
        if not own and (self.source.kind != "campaign" or self.unit in CLUSTERED or self.evidence in WEAKER):
            raise Wrong("arms_of_campaign", "only two arms of one campaign have other names than treated and holdout")
        return self

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start.on and self.stop.on and self.stop.on <= self.start.on:
            raise Wrong("stop_before_start", "it stops on {stop}, not after it starts", stop=self.stop.on)
        return self

    @property
    def is_clustered(self) -> bool:
        """Whether errors go by clusters: drawn managers, branches, or periods."""
        return self.unit in CLUSTERED or self.evidence == "switchback"

    @property
    def codes(self) -> tuple[str, ...]:
        """Every outcome it measures, once: primary, guardrails, money."""
        return tuple(dict.fromkeys(self._codes()))

    def _codes(self) -> Iterator[str]:
        yield from self.metrics.primary
        yield from self.metrics.guardrails
        if self.metrics.money:
            yield self.metrics.money
