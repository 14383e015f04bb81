"""Who kept so much of their assets, or did not, as a condition of a rule: exactly whom the page lists."""

from __future__ import annotations

from typing import Final, Self

import ibis.expr.types as ir
from pydantic import Field, model_validator

from liuke.engine import Engine
from liuke.errors import Wrong
from liuke.insight.behaviour.condition import OverDays, everybody
from liuke.insight.behaviour.durations import Every
from liuke.insight.retention.cohorts import Grid
from liuke.insight.retention.spec import MOST_ASSET_DAYS, ROLLING, KeptAssets
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.rows import Rows
from liuke.tables import ACCOUNT, BALANCE_DAILY, Table

_EVERY: Final[dict[Every, tuple[str, str]]] = {"day": ("日", "day"), "week": ("周", "week"), "month": ("月", "month")}


class KeptAssetsCondition(OverDays):
    """`{kept_assets: {share: 0.8, every: month}, period: 2, kept: false, days: 90}`.

    Who had assets (AUM) when their cohort of these days began, and at the end of that period after it at least the
    share of them, or not (yet). cohort: as in a question of retention.
    """

    kept_assets: KeptAssets
    period_: int = Field(alias="period", ge=0)
    kept: bool = False
    cohort: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _cell_fits(self) -> Self:
        asked = self.kept_assets
        if self.period_ > asked.periods:
            raise Wrong("retention_period", "period {n} is none of 0 to {periods}", n=self.period_,
                        periods=asked.periods)  # fmt: skip
        cohorts = self.length // ROLLING[asked.every].days + 1
        days = (1 if asked.every == "day" else 2) * cohorts + asked.periods
        if days > MOST_ASSET_DAYS:
            raise Wrong("retention_days", "AUM of {days} days would be compared; at most {most}", days=days,
                        most=MOST_ASSET_DAYS)  # fmt: skip
        return self

    @property
    def source(self) -> str:
        """See Question.source."""
        return f"kept_assets:{self.spelled_days}:{self.kept_assets.model_dump_json(by_alias=True)}"

    @property
    def rows(self) -> tuple[Rows, ...]:
        """See Question.rows: none, it looks at balances."""
        return ()

    @property
    def read(self) -> tuple[tuple[Table, str], ...]:
        """See Question.read."""
        balances = ((BALANCE_DAILY, name) for name in ("account_id", "balance_date", "balance"))
        return (*balances, (ACCOUNT, "customer_id"), (ACCOUNT, "account_type"))

    def answered(self, engine: Engine, data: RuleData) -> ir.Table:
        """See Question.answered: who, cohort, returned (bits)."""
        from liuke.insight.retention.kept_assets import kept_rows  # what counts takes long to load

        with kept_rows(engine, everybody(data), self.kept_assets, self._grid(data)) as rows:
            return engine.materialise(rows)

    def members(self, answer: ir.Table, data: RuleData) -> ir.Table:
        """See Question.members."""
        from liuke.insight.retention.retained import in_cells, is_mature

        asked, grid, k = self.kept_assets, self._grid(data), self.period_
        cohorts = [c.number for c in grid.cohorts if c.number == self.cohort]
        if self.cohort is None:
            cohorts = [c.number for c in grid.cohorts if is_mature(asked, grid, c, k, everybody(data))]
        return in_cells(asked, answer, cohorts, k, returned=self.kept)

    def said(self, tongue: int) -> str:
        """See Question.said."""
        asked, unit = self.kept_assets, _EVERY[self.kept_assets.every][tongue]
        share = f"{asked.share * 100:g}%"
        if tongue:
            which = "" if self.cohort is None else f" (cohort {self.cohort + 1} by {unit})"
            kept = "at least" if self.kept else "less than"
            return (
                f"had assets {self.days_said(1)}{which} and at the end of {unit} {self.period_} {kept} {share} of them"
            )
        which = "" if self.cohort is None else f"（按{unit}第{self.cohort + 1}批）"
        kept = "不低于" if self.kept else "低于"
        return f"{self.days_said(0)}有资产{which}，第{self.period_}{unit}末资产{kept}当初的{share}"

    def _grid(self, data: RuleData) -> Grid:
        return Grid(self.period(data.day, data.zone), self.kept_assets.every, self.kept_assets.periods)
