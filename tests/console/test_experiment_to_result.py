"""An experiment in the browser: written with the planner, approved by another person, started, read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from browsing import NEEDS, PHONE, WIDE, troubles
from experimenting import started, write

from liuke.state.models import ExperimentState

pytestmark = NEEDS


def test_from_the_planner_over_four_eyes_to_a_running_experiment(own_bank: Path, opened: Any) -> None:
    write(own_bank, "sample")
    analyst = opened("analyst", at="/experiments/")
    analyst.get_by_role("link", name="新建实验").click()
    analyst.fill("#code", "calls")
    analyst.select_option("#from", "sample")
    analyst.click("text=开始编写")
    analyst.locator("#planner input[name=mde]").fill("0.02")
    analyst.locator("#planner input[name=mde]").press("Tab")
    analyst.locator("#planner [data-fills*='0.02']").click()
    analyst.wait_for_selector("#verdict .notice.good")
    assert "mde: 0.02\n" in analyst.input_value("#rule-text")
    assert "entrants_per_day" in analyst.input_value("#rule-text")
    assert troubles(analyst) == []
    analyst.click("[data-opens=propose]")
    analyst.fill("#note", "先写明要看什么")
    analyst.click("dialog[open] button.main")
    analyst.wait_for_selector("text=待审批")

    officer = opened("officer", at="/experiments/")
    officer.click("a:has-text('calls')")
    officer.click("text=批准并生效")
    officer.wait_for_selector("text=已批准")
    officer.goto("/experiments/of/calls/")
    officer.click("[data-opens=start]")
    assert "此后不能再改" in officer.inner_text("dialog[open]")
    officer.click("dialog[open] button.main")
    officer.wait_for_selector("#result .verdict")
    row = ExperimentState.objects.get(code="calls")
    assert (row.stage, row.registration["spec"]["mde"]) == ("running", 0.02)
    assert "还不知道" in officer.inner_text("#result .verdict")


def test_the_pages_of_an_experiment_are_accessible_and_fit(own_bank: Path, opened: Any) -> None:
    started(own_bank)
    for view in (WIDE, PHONE):
        page = opened("analyst", view, at="/experiments/")
        assert troubles(page) == []
        page.goto("/experiments/of/care/")
        page.wait_for_selector("#result .verdict")
        assert troubles(page) == []
        page.locator("#result .why-link").first.click()
        page.wait_for_selector(".drawer .sql")
        assert page.evaluate("document.activeElement.id") == "drawer-title"
        assert troubles(page) == []
        page.goto("/experiments/of/care/report/")
        assert troubles(page) == []
