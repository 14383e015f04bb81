"""On which days a campaign works."""

from __future__ import annotations

from datetime import date

from liuke.act.campaigns.campaign_file import WEEKDAYS, CampaignFile


def works_on(spec: CampaignFile, day: date) -> bool:
    """Whether customers may enter on the bank's `day`, its stage aside."""
    if not spec.valid.from_ <= day <= spec.valid.to:
        return False
    days = spec.days
    if not (days.weekdays or days.month_days):
        return True
    return WEEKDAYS[day.weekday()] in days.weekdays or day.day in days.month_days


def is_over(spec: CampaignFile, day: date) -> bool:
    """Whether its last day lies before `day`."""
    return day > spec.valid.to
