"""What a bank or its relationship manager can influence, as numbers of the features that would then be different.

An influence is declared by the features that would move together and where to: back to the customer's own earlier
level, to what the median customer has, to a fixed number, or one more. What nobody can change (age, tenure, the past,
the season, what a customer spends on) is in none. Ours, a place to start; not a catalogue of measures that work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from liuke.insight.amounts import Locale

Code = Literal[
    "settle_complaint", "solve_service", "shorten_waits", "reach", "transact", "online", "bring_back", "keep_here",
    "renew", "one_more", "salary", "waive_fees",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Aim:
    """Where one feature would move. Of several ends named the furthest in the direction counts.

    own: another feature of the same customer and the factor that brings it to this one's window. typical: the median
    of the training. to: a fixed number; clears: no value at all (nothing open any more). add: so many more.
    null_is_worst: no value means "not for very long" and can be mended; otherwise a missing value stays missing.
    """

    feature: str
    up: bool
    own: tuple[str, float] | None = None
    typical: bool = False
    to: float | None = None
    add: float | None = None
    clears: bool = False
    null_is_worst: bool = False


@dataclass(frozen=True, slots=True)
class Influence:
    """aims: the first is the number that is quoted; where a model lacks it, or it would not move, nothing is said."""

    code: Code
    zh: str
    en: str
    aims: tuple[Aim, ...]

    def title(self, locale: Locale) -> str:
        """A few words."""
        return self.en if locale == "en" else self.zh


def _own(stem: str, window: int, long: int = 180, *, typical: bool = True) -> Aim:
    """A count of `window` days back to its own mean of the last half year, or the median customer's."""
    return Aim(f"{stem}_{window}", True, own=(f"{stem}_{long}", window / long), typical=typical)


def _usual(feature: str, *, up: bool) -> Aim:
    return Aim(feature, up, typical=True)


def _since(feature: str) -> Aim:
    return Aim(feature, False, typical=True, null_is_worst=True)


def _none(feature: str) -> Aim:
    return Aim(feature, False, to=0.0)


INFLUENCES: Final[tuple[Influence, ...]] = (
    Influence("settle_complaint", "办结投诉", "Settle the complaint",
              (_none("complaints_open"), Aim("complaint_open_days", False, clears=True))),
    Influence("solve_service", "解决未了的服务", "Solve what service left unsolved",
              (_none("service_unresolved_30"), _none("service_abandoned_30"))),
    Influence("shorten_waits", "缩短等候", "Shorten waits",
              (_usual("wait_mean_30", up=False), _usual("wait_max_30", up=False))),
    Influence("reach", "联系上客户", "Reach the customer", (
        Aim("contact_reached_30", True, to=1.0), Aim("contact_count_30", True, to=1.0),
        Aim("days_since_contact", False, to=1.0, null_is_worst=True),
        Aim("days_since_reached", False, to=1.0, null_is_worst=True),
    )),
    Influence("transact", "恢复主动交易", "Own transactions again", (
        _own("own_count", 30), _own("own_count", 7), _own("own_days", 30), _own("own_days", 7), _own("out_count", 30),
        _own("out_count", 7), _own("tx_count", 30), _own("tx_count", 7), _since("days_since_active"),
        _since("days_since_out"), _usual("own_count_7_to_30", up=True), _usual("own_count_30_to_90", up=True),
        _usual("own_count_30_to_180", up=True), _usual("own_count_slope_30", up=True),
        _usual("silence_to_gap_365", up=False),
    )),
    Influence("online", "重新使用手机银行", "Use the app again", (
        _own("app_days", 30), _own("app_days", 7), _own("login_count", 30), _own("login_count", 7),
        _own("event_count", 30), _own("event_count", 7), _own("session_count", 30), _since("days_since_login"),
        _since("days_since_event"), _usual("login_count_7_to_30", up=True), _usual("app_days_7_to_30", up=True),
        _usual("login_count_30_to_90", up=True), _usual("app_days_30_to_90", up=True),
        _usual("login_count_30_to_180", up=True), _usual("app_days_30_to_180", up=True),
        _usual("login_slope_30", up=True),
    )),
    Influence("bring_back", "资金回流", "Money back at the bank", (
        Aim("aum", True, own=("aum_mean_90", 1.0)), Aim("aum_mean_7", True, own=("aum_mean_90", 1.0)),
        Aim("aum_to_mean_7", True, to=1.0), Aim("aum_to_mean_30", True, to=1.0), Aim("aum_to_mean_90", True, to=1.0),
        Aim("aum_to_mean_180", True, to=1.0), Aim("aum_slope_30", True, to=0.0), Aim("aum_trend_30", True, to=0.0),
        _usual("aum_to_max_30", up=True), _usual("aum_to_max_90", up=True),
        Aim("aum_mean_30_to_prior_90", True, to=1.0),
    )),
    Influence("keep_here", "减少转往他行", "Less moved to other banks", (
        _usual("elsewhere_amount_30", up=False), _usual("elsewhere_share_30", up=False),
        _usual("elsewhere_count_30", up=False), _usual("elsewhere_net_30", up=False),
    )),
    Influence("renew", "到期承接", "Renew what matures", (
        _none("maturing_amount_30"), _none("maturing_count_30"), _none("maturing_share_30"),
        _none("maturing_to_aum_30"), _none("maturing_amount_7"), _none("maturing_count_7"), _none("maturing_share_7"),
        _none("maturing_to_aum_7"),
        Aim("days_to_maturity", True, to=180.0),
    )),
    Influence("one_more", "增加一个产品", "One product more",
              (Aim("product_count", True, add=1.0), Aim("account_count", True, add=1.0))),
    Influence("salary", "恢复代发工资", "Salary paid here again", (
        _own("salary_amount", 30, typical=False), _since("days_since_salary"),
        _usual("salary_30_to_prior_90", up=True),
    )),
    Influence("waive_fees", "减免手续费", "Waive fees", (_none("fees_30"),)),
)  # fmt: skip
BY_CODE: Final = {i.code: i for i in INFLUENCES}
CODES: Final[tuple[str, ...]] = tuple(i.code for i in INFLUENCES)
