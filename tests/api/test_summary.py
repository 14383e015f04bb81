from __future__ import annotations

from datetime import date, timedelta

import pytest

from liuke.api import resident
from liuke.api.summary import months_between
from liuke.lake import Lake
from liuke.tables import CONSENT
from tests.api.conftest import DAY, IMPERSONAL, OF_NJ, UNSOLD
from tests.console import small_bank


def tags(device, who, purpose):
    told = device.told(f"/customers/{who}/summary", purpose=purpose)
    return [tag["code"] for tag in told["tags"]], told["withheld"]


def test_a_customer_in_a_few_lines_with_nothing_unmasked(device):
    told = device().told(f"/customers/{OF_NJ}/summary", purpose="service")
    assert told == {
        "as_of": str(DAY),
        "purpose": "service",
        "name": "郭**",
        "phone": "198****0000",
        "tier": "私行",
        "customer_since": str(DAY - timedelta(days=700)),
        "tenure_months": months_between(DAY - timedelta(days=700), DAY),
        "products": [{"type": "current", "name": None, "since": str(DAY - timedelta(days=600)), "accounts": 1}],
        "tags": [{"code": "service_tag", "name": {"zh": "标签", "en": "service tag"}}],
        "segments": [],
        "withheld": False,
    }


def test_tags_are_told_for_their_own_purpose_only(device):
    one = device()
    for purpose in ("service", "retention", "marketing"):
        assert tags(one, OF_NJ, purpose) == ([f"{purpose}_tag"], False)


def test_what_the_customer_refused_is_kept_back(device):
    one = device()
    assert [tags(one, IMPERSONAL, p) for p in ("service", "retention", "marketing")] == [
        (["service_tag"], False), ([], True), ([], True),
    ]  # fmt: skip
    assert [tags(one, UNSOLD, p) for p in ("service", "retention", "marketing")] == [
        (["service_tag"], False), (["retention_tag"], False), ([], True),
    ]  # fmt: skip


def refuse_today(home, who):
    row = {"consent_id": "N", "customer_id": who, "purpose": "marketing", "channel": "all", "granted": False,
           "version": None, "effective_at": small_bank._at(DAY + timedelta(days=1), 0)}  # fmt: skip
    Lake(home / "lake").append(CONSENT, small_bank._arrow(CONSENT, [row]), commit_id="test:today")


def test_a_refusal_that_arrives_during_the_day_holds_from_then_on(device, own_home):
    one = device()
    assert tags(one, OF_NJ, "marketing") == (["marketing_tag"], False)
    refuse_today(own_home, OF_NJ)
    resident.keeper()._look()
    assert tags(one, OF_NJ, "marketing") == ([], True)


def test_it_holds_also_while_a_file_of_the_bank_is_being_mended(device, own_home):
    one = device()
    assert tags(one, OF_NJ, "marketing") == (["marketing_tag"], False)
    (own_home / "policies" / "shortcuts.yaml").write_text("mots: 3\n", encoding="utf-8")
    refuse_today(own_home, OF_NJ)
    resident.keeper()._look()
    assert tags(one, OF_NJ, "marketing") == ([], True)
    assert tags(one, OF_NJ, "service") == (["service_tag"], False)


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [("2026-01-31", "2026-02-28", 0), ("2026-01-31", "2026-03-31", 2), ("2025-06-15", "2026-06-14", 11),
     ("2026-07-01", "2026-06-30", 0)],
)  # fmt: skip
def test_months_are_whole(first, last, months):
    assert months_between(date.fromisoformat(first), date.fromisoformat(last)) == months
