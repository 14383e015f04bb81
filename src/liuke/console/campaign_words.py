"""A campaign as people read it: whom, when, how fast, for how much, and what each arm says."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from liuke.act.campaigns.campaign_file import WEEKDAYS, CampaignFile
from liuke.act.campaigns.catalogue import Campaign, CampaignArm
from liuke.console import labels
from liuke.console.figures import exact, is_chinese, share
from liuke.console.holes import with_names
from liuke.console.labels import Text
from liuke.console.showing import locale


@dataclass(frozen=True, slots=True)
class ArmWords:
    """One arm. part: its share of those who enter. says: the text in the page's language, holes named."""

    code: str
    channel: Text
    kind: Text
    part: float
    price: str
    offer: str
    says: str


def facts_of(campaign: Campaign, segment: str = "", trigger: str = "") -> list[tuple[str, str]]:
    """Label and sentence of everything but audience and arms. segment, trigger: names of those it waits for."""
    spec = campaign.spec
    money = spec.budget.money
    budget = _("{n} 条").format(n=f"{spec.budget.messages:,}")
    rate = _("每天 {n} 条").format(n=f"{spec.rate.per_day:,}")
    if spec.rate.per_hour:
        rate += " · " + _("每小时 {n} 条").format(n=f"{spec.rate.per_hour:,}")
    held = share(spec.holdout_share) if spec.holdout_share else spec.no_holdout_because or ""
    return [
        (_("类型"), str(labels.CAMPAIGN_KINDS[spec.kind])),
        *([(_("进入客群"), segment)] if segment else []),
        *([(_("命中规则"), trigger)] if trigger else []),
        (_("日子"), _days(spec)),
        (_("对照组"), held),
        (_("预算"), budget if money is None else f"{budget} · {exact(money)}"),
        (_("速率"), rate),
        (_("再次加入"), _again(spec)),
        (_("优先级"), str(spec.priority)),
    ]


def arms_of(campaign: Campaign) -> list[ArmWords]:
    """Every arm in words."""
    return [_arm(arm) for arm in campaign.arms]


def _arm(arm: CampaignArm) -> ArmWords:
    return ArmWords(
        code=arm.code,
        channel=labels.CHANNELS[arm.channel],
        kind=labels.MESSAGE_CLASSES[arm.message_class],
        part=arm.high - arm.low,
        price=exact(Decimal(arm.cost_cents) / 100),
        offer=arm.offer.title(locale()) if arm.offer else "",
        says=with_names(arm.texts.zh if is_chinese() else arm.texts.en),
    )


def _days(spec: CampaignFile) -> str:
    span = f"{spec.valid.from_} – {spec.valid.to}"
    named = [str(labels.WEEKDAYS[WEEKDAYS.index(name)]) for name in spec.days.weekdays]
    named += [_("每月 {n} 日").format(n=n) for n in spec.days.month_days]
    return f"{span} · {' '.join(named)}" if named else span


def _again(spec: CampaignFile) -> str:
    if spec.re_entry == "after":
        return _("{n} 天后可以").format(n=spec.re_entry_days)
    return _("不再加入") if spec.re_entry == "never" else _("随时可以")
