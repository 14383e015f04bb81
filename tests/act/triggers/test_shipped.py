"""Each shipped rule on histories made by hand: who it finds, and who it leaves in peace."""

import pytest

from liuke.act.triggers.catalogue import BANK_FACTS, SHIPPED
from liuke.act.triggers.ruleset import read_triggers
from liuke.tables.facts import FACT_EVENTS
from tests.act.triggers.stories import TRIGGERS, Story, at, shipped, told

OUT = {"direction": "out", "transaction_type": "transfer"}
ELSEWHERE = {**OUT, "counterparty_is_self": True, "counterparty_is_own_bank": False}
SALARY = {"direction": "in", "transaction_type": "salary", "amount": 9000}
BABY = {"direction": "out", "merchant_category": "母婴"}
CARE = {"direction": "out", "merchant_category": "医疗健康"}


def test_every_fact_that_rules_may_read_is_kept_from_the_apps() -> None:
    assert set(BANK_FACTS) == FACT_EVENTS


def test_the_third_search_for_early_repayment_is_found_with_its_searches() -> None:
    story = Story()
    for when in ("03-02 09:00", "03-03 09:00", "03-05 09:00"):
        story.then("search", when, keyword="房贷提前还款怎么办")
    [match] = told(shipped("prepay_search"), story)
    assert (match.matched_at, match.evidence, match.count) == (at("03-05 09:00"), ("e1", "e2", "e3"), 3)
    assert (match.first, match.last, match.by) == (at("03-02 09:00"), at("03-05 09:00"), "event")


@pytest.mark.parametrize("when", ["03-02 09:00", "03-02 22:00"])
def test_who_has_repaid_since_the_first_search_is_left_in_peace(when: str) -> None:
    story = Story().then("search", "03-02 09:00", keyword="提前还款").then("search", "03-02 10:00", keyword="提前还款")
    story.then("prepay_apply", when, arrives="03-03 08:59").then("search", "03-05 09:00", keyword="提前还款")
    assert told(shipped("prepay_search"), story) == []


def test_three_searches_in_more_than_a_week_or_for_something_else_are_no_sign() -> None:
    story = Story().then("search", "03-02 09:00", keyword="提前还款").then("search", "03-03 09:00", keyword="信用卡")
    story.then("search", "03-05 09:00", keyword="提前还款").then("search", "03-09 09:00", keyword="提前还款")
    assert told(shipped("prepay_search"), story) == []


def test_three_months_running_of_baby_goods_are_found_once() -> None:
    story = Story().then("transaction", "01-31 23:59", amount=310, **BABY)
    story.then("transaction", "02-10 12:00", amount="150.00", **BABY).then(
        "transaction", "02-20 12:00", amount=160, **BABY
    )
    story.then("transaction", "03-01 00:00", amount=299.99, **BABY).then(
        "transaction", "03-01 09:00", amount=0.01, **BABY
    )
    story.then("transaction", "03-20 09:00", amount=900, **BABY)
    [match] = told(shipped("maternal_spending"), story)
    assert (match.matched_at, match.total, match.count) == (at("03-01 09:00"), 920.0, 3)
    assert (match.first, match.evidence) == (at("01-01 00:00"), ("e2", "e3", "e4", "e5"))


def test_a_month_without_enough_baby_goods_breaks_the_row() -> None:
    story = Story().then("transaction", "01-10 12:00", amount=400, **BABY)
    story.then("transaction", "02-10 12:00", amount=299, **BABY).then("transaction", "03-10 12:00", amount=400, **BABY)
    assert told(shipped("maternal_spending"), story) == []


@pytest.mark.parametrize(("code", "event"), [("login_drop", "login"), ("transaction_drop", "transaction")])
def test_a_customer_who_grows_silent_is_found_by_the_clock(code: str, event: str) -> None:
    story = Story()
    for day in range(1, 91, 3):
        month, of_month = divmod(day - 1, 30)
        story.then(event, f"{month + 1:02}-{of_month % 28 + 1:02} 10:00", initiator="customer", event_id=f"d{day}")
    [match, *later] = told(shipped(code), story, until="08-30 00:00")
    assert (match.by, later) == ("clock", [])
    assert match.count <= 0.4 * match.total
    assert match.total >= 6
    assert at("03-28 00:00") < match.matched_at < at("05-01 00:00")


def test_a_customer_who_goes_on_or_was_never_lively_is_left_in_peace() -> None:
    lively, quiet = Story(), Story()
    for month in range(1, 8):
        for day in range(1, 29, 3):
            lively.then("login", f"{month:02}-{day:02} 10:00")
        quiet.then("login", f"{min(month, 4):02}-1{month} 10:00")
    assert told(shipped("login_drop"), lively, until="07-29 00:00") == []
    assert told(shipped("login_drop"), quiet, until="12-29 00:00") == []


def test_one_large_transfer_or_several_to_the_own_account_elsewhere() -> None:
    rule = shipped("large_outflow")
    [match] = told(rule, Story().then("transaction", "03-02 09:00", amount=200000, **OUT))
    assert (match.evidence, match.total) == (("e1",), 0.0)
    story = Story().then("transaction", "03-02 09:00", amount=20000.5, **ELSEWHERE)
    story.then("transaction", "03-03 09:00", amount=29999.5, **ELSEWHERE)
    [match] = told(rule, story)
    assert (match.evidence, match.total) == (("e1", "e2"), 50000.0)


def test_smaller_sums_or_to_other_people_are_no_outflow() -> None:
    story = Story().then("transaction", "03-02 09:00", amount=199999.99, **OUT)
    story.then("transaction", "03-02 09:01", amount=49999.99, **ELSEWHERE)
    story.then("transaction", "03-05 09:01", amount=40000, **ELSEWHERE)
    story.then("transaction", "03-05 09:02", amount=300000, direction="in", transaction_type="transfer")
    assert told(shipped("large_outflow"), story) == []


def test_salary_that_stops_after_three_is_missed_after_thirty_five_days() -> None:
    story = Story()
    for when in ("01-10 06:00", "02-10 06:00", "03-10 06:00"):
        story.then("transaction", when, **SALARY)
    assert told(shipped("payroll_stopped"), story, until="04-14 17:59") == []
    [match] = told(shipped("payroll_stopped"), story, until="04-14 18:00")
    assert (match.matched_at, match.by) == (at("04-14 06:00"), "clock")
    assert set(match.evidence) == {"e1", "e2", "e3"}


def test_salary_that_goes_on_or_came_only_twice_is_not_missed() -> None:
    twice = Story().then("transaction", "01-10 06:00", **SALARY).then("transaction", "02-10 06:00", **SALARY)
    assert told(shipped("payroll_stopped"), twice, until="06-01 00:00") == []
    going = Story()
    for month in range(1, 6):
        going.then("transaction", f"{month:02}-10 06:00", **SALARY)
    assert told(shipped("payroll_stopped"), going, until="06-14 00:00") == []


def test_a_matured_product_that_is_not_renewed_is_found_after_three_days() -> None:
    story = Story().then("maturity", "03-02 00:00", product_type="wealth", amount=80000, days_left=0)
    [match] = told(shipped("matured_not_renewed"), story, until="03-05 12:00")
    assert (match.matched_at, match.evidence) == (at("03-05 00:00"), ("e1",))
    story.then("transaction", "03-04 10:00", direction="out", transaction_type="wealth")
    assert told(shipped("matured_not_renewed"), story, until="03-30 00:00") == []


def test_a_deposit_is_announced_once_in_its_last_week() -> None:
    story = Story()
    for day in range(1, 10):
        story.then("maturity", f"03-0{day} 00:00", product_type="term_deposit", amount=50000, days_left=10 - day)
    [match] = told(shipped("deposit_maturing"), story)
    assert match.matched_at == at("03-03 00:00")
    small = Story().then("maturity", "03-05 00:00", product_type="term_deposit", amount=49999, days_left=3)
    assert told(shipped("deposit_maturing"), small) == []


def test_an_application_left_after_uploading_is_found_when_the_half_hour_is_over() -> None:
    story = Story().then("apply_start", "03-02 09:00").then("apply_upload", "03-02 09:10")
    assert told(shipped("application_abandoned"), story, until="03-02 09:40") == []
    [match] = told(shipped("application_abandoned"), story, until="03-02 09:41")
    assert (match.matched_at, match.evidence) == (at("03-02 09:40"), ("e1", "e2"))


@pytest.mark.parametrize("arrives", ["03-02 09:35", "03-02 09:40:59"])
def test_an_application_submitted_is_not_broken_off_even_when_that_is_known_late(arrives: str) -> None:
    story = Story().then("apply_start", "03-02 09:00").then("apply_upload", "03-02 09:10")
    story.then("apply_submit", "03-02 09:35", arrives=arrives)
    assert told(shipped("application_abandoned"), story, until="03-02 12:00") == []


def test_an_application_left_for_a_day_after_a_step_is_found_whatever_the_channel() -> None:
    story = Story().then("application_started", "03-02 09:00", channel="app", application="A1")
    story.then("application_step", "03-02 09:10", channel="app", application="A1", stage="identity")
    story.then("application_step", "03-02 15:00", channel="branch", application="A1", stage="documents")
    assert told(shipped("application_stalled"), story, until="03-03 15:04") == []
    [match] = told(shipped("application_stalled"), story, until="03-03 15:05")
    assert (match.matched_at, match.by, match.evidence[0]) == (at("03-03 15:00"), "clock", "e3")
    assert told(shipped("application_not_continued"), story, until="03-20 00:00") == []


@pytest.mark.parametrize("end", ["submitted", "withdrawn", "completed", "rejected"])
def test_an_application_that_went_on_or_ended_in_time_is_left_in_peace(end: str) -> None:
    story = Story().then("application_step", "03-02 09:10").then(f"application_{end}", "03-03 09:00")
    assert told(shipped("application_stalled"), story, until="03-09 00:00") == []
    begun = Story().then("application_started", "03-02 09:10").then(f"application_{end}", "03-03 09:00")
    assert told(shipped("application_not_continued"), begun, until="03-09 00:00") == []


def test_a_new_step_after_a_withdrawal_is_waited_for_again() -> None:
    story = Story().then("application_step", "03-02 09:00").then("application_withdrawn", "03-02 10:00")
    story.then("application_step", "03-10 09:00")
    [match] = told(shipped("application_stalled"), story, until="03-12 00:00")
    assert match.matched_at == at("03-11 09:00")


def test_an_application_started_and_never_continued_is_found_after_two_days() -> None:
    story = Story().then("application_started", "03-02 09:00", application="A1", journey="loan_application")
    assert told(shipped("application_not_continued"), story, until="03-04 09:04") == []
    [match] = told(shipped("application_not_continued"), story, until="03-04 09:05")
    assert (match.matched_at, match.evidence[0]) == (at("03-04 09:00"), "e1")


def test_assets_that_fall_after_a_complaint_are_found_and_without_one_not() -> None:
    story = Story().then("complaint", "03-02 09:00", category="信用卡")
    story.then("balance", "03-20 00:00", aum_share_30=0.9).then("balance", "03-21 00:00", aum_share_30=0.7)
    [match] = told(shipped("complaint_then_outflow"), story)
    assert match.evidence == ("e1", "e3")
    assert told(shipped("complaint_then_outflow"), Story().then("balance", "03-21 00:00", aum_share_30=0.1)) == []
    late = Story().then("complaint", "01-02 09:00").then("balance", "03-04 00:00", aum_share_30=0.1)
    assert told(shipped("complaint_then_outflow"), late) == []


def test_progress_asked_for_in_vain_is_found_unless_somebody_called() -> None:
    story = Story().then("progress_query", "03-02 09:00", result="pending")
    story.then("progress_query", "03-02 12:00", result="处理中").then("progress_query", "03-03 08:00", result="pending")
    assert len(told(shipped("progress_unanswered"), story)) == 1
    called = (
        Story().then("progress_query", "03-02 09:00", result="pending").then("contact", "03-02 09:30", result="reached")
    )
    called.then("progress_query", "03-02 12:00", result="pending").then(
        "progress_query", "03-03 08:00", result="pending"
    )
    assert told(shipped("progress_unanswered"), called) == []


def test_large_medical_spending_is_found_only_where_the_bank_switched_it_on() -> None:
    story = Story().then("transaction", "03-02 09:00", amount=18000, **CARE)
    story.then("transaction", "03-20 09:00", amount=12000, **CARE)
    [match] = told(shipped("medical_spending"), story)
    assert match.total == 30000.0
    home = TRIGGERS.parent
    assert read_triggers(home, SHIPPED).asleep == ("medical_spending",)
    assert "medical_spending" not in read_triggers(home, SHIPPED).rules
    assert "medical_spending" in read_triggers(home, SHIPPED, switched_on=["medical_spending"]).rules


def test_every_shipped_rule_says_in_both_languages_that_its_numbers_are_defaults() -> None:
    files = sorted(TRIGGERS.glob("*.yaml"))
    assert len(files) == 14
    for spec in (shipped(path.stem).spec for path in files):
        assert "默认值" in spec.description.zh
        assert "default" in spec.description.en.lower()
        assert spec.name.zh
        assert spec.owner
