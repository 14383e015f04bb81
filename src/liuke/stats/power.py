"""How many units an effect needs, and how small an effect many units can show, before the experiment starts."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from scipy import special

from liuke.errors import YourMistake
from liuke.stats.confidence_sequence import width_factor

Reading = Literal["always_valid", "fixed"]


@dataclass(frozen=True, slots=True)
class Design:
    """Two arms as planned.

    variance_treated, variance_control: of the outcome per unit. treated_share: 0..1 of the units. level, power: the
    chances that no effect is not called one, and that the effect is found. reading: always_valid may be looked at every
    day and is planned for its last one; fixed is looked at once. variance_kept: share of the variance that covariates
    leave (`adjusted.variance_kept`). design_effect: 1 unless clusters are drawn (`clusters.design_effect`).
    """

    variance_treated: float
    variance_control: float
    treated_share: float = 0.5
    level: float = 0.95
    power: float = 0.8
    reading: Reading = "always_valid"
    variance_kept: float = 1.0
    design_effect: float = 1.0

    def __post_init__(self) -> None:
        shares = {"treated_share": self.treated_share, "level": self.level, "power": self.power}
        for name, value in shares.items():
            if not 0 < value < 1:
                raise YourMistake(f"{name} is {value}", expected="a number between 0 and 1, both excluded")
        rest = (self.variance_treated, self.variance_control, self.variance_kept, self.design_effect)
        if not all(math.isfinite(v) and v >= 0 for v in rest):
            raise YourMistake("a variance of the design is not known", expected="finite numbers of 0 or more")

    @property
    def spread(self) -> float:
        """Variance of the difference times all units: σ₁²/share + σ₀²/(1 - share), after covariates and clusters."""
        raw = self.variance_treated / self.treated_share + self.variance_control / (1 - self.treated_share)
        return raw * self.variance_kept * self.design_effect

    @property
    def errors(self) -> float:
        """How many standard errors the effect must be: reach of the interval plus z of the power."""
        reach = (
            width_factor(1, 1, self.level) if self.reading == "always_valid" else special.ndtri(0.5 + self.level / 2)
        )
        return float(reach + special.ndtri(self.power))


def of_share(base: float, effect: float, design: Design | None = None) -> Design:
    """A design for a share of customers: `base` in the control arm, base + effect among the treated.

    design: everything else of the plan; its variances are replaced by p·(1 - p).
    """
    if not 0 <= base <= 1 or not 0 <= base + effect <= 1:
        raise YourMistake(
            f"a share cannot go from {base} to {base + effect}", expected="both shares within 0 to 1",
        )  # fmt: skip
    variances = (base + effect) * (1 - base - effect), base * (1 - base)
    return replace(design or Design(0, 0), variance_treated=variances[0], variance_control=variances[1])


def units_needed(effect: float, design: Design) -> int:
    """Units of both arms together so that `effect` (in the outcome's unit, either sign) is found with the power.

    (reach + z_power)² · spread / effect². The other tail is left out, as is usual: below 1 in 10,000 for power ≥ 0.5.
    Cohen (1988), Statistical power analysis, ch. 2, with unlike variances and shares.
    """
    if not math.isfinite(effect) or effect == 0:
        raise YourMistake(
            f"an effect of {effect} cannot be planned for",
            expected="the smallest effect that would be worth acting on",
        )
    return max(math.ceil(design.errors**2 * design.spread / effect**2 - 1e-9), 2)


def detectable_effect(units: float, design: Design) -> float | None:
    """The smallest effect that so many units of both arms show with the power; None for no units."""
    return design.errors * math.sqrt(design.spread / units) if units > 0 else None


def power_of(effect: float, units: float, design: Design) -> float:
    """The chance that `effect` is found with so many units (of both arms)."""
    if design.spread == 0 or units <= 0:
        return float(units > 0 and effect != 0)
    reach = design.errors - float(special.ndtri(design.power))
    return float(special.ndtr(abs(effect) / math.sqrt(design.spread / units) - reach))
