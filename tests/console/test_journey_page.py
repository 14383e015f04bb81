"""旅程地图: stages, pains, hand-overs within one's own scope; lists masked and audited; a rule begun from a stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shopping
import walking
from browsing import PHONE, WIDE, needs_browser, troubles
from django.test import Client
from shopping import ANSWER, NANJING
from small_bank import PEOPLE
from walking import CAME_TO_IDENTITY, PAID_OUT, STOPPED_AT_FORM, TYPED_AGAIN

from liuke.console.reading import journeys
from liuke.state.models import AnalysisView, AuditEntry, RuleChange
from tests.night import nightly

SeenBy = Callable[[str], Client]
PATH = "/analysis/journey/"
ASKED = "journey=loan_application&days=90"


@pytest.fixture
def walked(own_bank: Path) -> Path:
    """The bank with loan applications of known people and the shipped journeys."""
    walking.walk(own_bank)
    return own_bank


def answer(client: Client, query: str = ASKED) -> Any:
    found = client.get(f"{PATH}?{query}", headers=ANSWER)
    assert found.status_code == 200
    return found.context


def figures(card: Any) -> dict[str, str]:
    return {figure.what: figure.cases for figure in (*card.ended, *card.frictions)}


def test_stages_count_cases_of_the_own_scope(walked: Path, seen_by: SeenBy) -> None:
    form, identity, *others = answer(seen_by("analyst"))["cards"]
    assert (form.cases, identity.cases) == (str(PEOPLE), str(len(CAME_TO_IDENTITY)))
    assert figures(form)["abandoned"] == str(len(STOPPED_AT_FORM))
    assert figures(identity)["abandoned"] == str(len(CAME_TO_IDENTITY) - len(PAID_OUT))
    assert figures(identity)["rekeyed"] == str(len(TYPED_AGAIN))
    assert figures(identity)["break_point"] == "0"
    assert form.onward == "66.7%"
    assert others[1].cases == str(len(PAID_OUT))
    head = answer(seen_by("head"))["cards"]
    assert head[0].cases == str(len(NANJING))
    assert head[1].cases == str(len(set(NANJING) & set(CAME_TO_IDENTITY)))
    assert answer(seen_by("head"), f"{ASKED}&branch=HZ")["answer"].map.cases == 0


def test_hand_overs_and_lags_of_statuses_are_told(walked: Path, seen_by: SeenBy) -> None:
    found = answer(seen_by("analyst"))
    [change] = found["hand_overs"]
    assert (change.before, change.after, change.meant, change.cases) == (
        "手机银行", "网点", True, str(len(CAME_TO_IDENTITY)),
    )  # fmt: skip
    [lag] = found["lags"]
    assert (lag.status, lag.after, lag.cases, lag.span) == ("已批准", "手机银行", str(len(PAID_OUT)), "5 小时 / 5 小时")


def test_pain_scores_are_the_sum_of_their_parts(walked: Path, seen_by: SeenBy) -> None:
    for card in answer(seen_by("analyst"))["cards"][:2]:
        assert float(card.pain) == pytest.approx(sum(part.points for part in card.parts), abs=0.5)
        assert "失败" in [str(name) for name in card.missing]


def test_small_groups_have_no_figures(walked: Path, seen_by: SeenBy) -> None:
    early = "journey=loan_application&days=own&first=2020-01-01&last=2020-01-31"
    assert answer(seen_by("analyst"), early)["wrong_other"] != []
    (walked / "segments").mkdir(exist_ok=True)
    (walked / "segments" / "private.yaml").write_text(shopping.SEGMENT.replace("金卡", "私行"), encoding="utf-8")
    few = answer(seen_by("head"), f"{ASKED}&in=segment:private")["cards"]
    hidden = [card for card in few if card.cases == "<10"]
    assert [card.code for card in hidden] == ["identity", "review", "payout"]
    for card in hidden:
        assert (card.onward, card.stay, card.pain, card.parts) == ("—", "—", "—", ())


def test_customers_behind_a_figure_are_masked_and_audited(walked: Path, seen_by: SeenBy) -> None:
    client = seen_by("head")
    found = client.get(f"{PATH}identity/rekeyed/?{ASKED}")
    assert found.context["live"].members == len(set(NANJING) & set(TYPED_AGAIN))
    entry = AuditEntry.objects.get(action="view_behaviour")
    assert (entry.actor, entry.object_id) == ("head", "journey")
    draft = client.post("/segments/draft/", {"rule": found.context["rule"]}, headers={"HX-Request": "true"})
    assert draft.context["preview"].members == found.context["live"].members
    assert client.get(f"{PATH}nowhere/rekeyed/?{ASKED}").status_code == 404
    assert client.get(f"{PATH}identity/happy/?{ASKED}").status_code == 404
    assert seen_by("rm1").get(f"{PATH}identity/rekeyed/?{ASKED}").status_code == 403


def test_a_click_on_the_map_reads_no_facts_again(
    walked: Path, seen_by: SeenBy, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyst, head = seen_by("analyst"), seen_by("head")
    for client in (analyst, head):
        answer(client)
    monkeypatch.setattr(journeys, "journey_cases", None)
    lists = {c: c.get(f"{PATH}identity/rekeyed/?{ASKED}").context["live"].members for c in (analyst, head)}
    assert lists == {analyst: len(TYPED_AGAIN), head: len(set(NANJING) & set(TYPED_AGAIN))}
    with pytest.raises(TypeError):
        head.get(f"{PATH}identity/rekeyed/?{ASKED}&branch=NJ")


def test_a_rule_is_begun_from_a_stage(walked: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    place = "/rule-changes/new/?journey=loan_application&stage=identity"
    assert client.get(place).context["code"] == "loan_application_identity"
    assert client.post(place, {"code": "loan_application_identity"}).status_code == 302
    [change] = RuleChange.objects.all()
    assert "贷款申请停在核实身份" in change.text
    assert client.post("/rule-changes/new/?journey=nothing&stage=x", {"code": "other"}).status_code == 422


def test_views_are_kept_and_files_are_made(walked: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    assert client.post(f"/analysis/views/save/journey/?{ASKED}", {"name": "贷款"}).status_code == 302
    place = client.get(f"/analysis/views/{AnalysisView.objects.get().pk}/")["Location"]
    assert client.get(place, headers=ANSWER).context["kept"].changed is False
    text = client.post(f"{PATH}export/csv/?{ASKED}").content.decode("utf-8-sig")
    assert f"填写申请,{PEOPLE}" in text
    assert (
        client.post(f"/analysis/views/save/journey/?{ASKED.replace('loan', 'lawn')}", {"name": "x"}).status_code == 422
    )


def test_a_broken_file_and_a_bank_without_journeys_are_told(walked: Path, seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    (walked / "journeys" / "payment.yaml").write_text("name: {zh: 支付", encoding="utf-8")
    assert answer(client, "journey=payment")["wrong_other"] != []
    assert answer(client)["answer"].map.cases == PEOPLE
    for file in (walked / "journeys").iterdir():
        file.unlink()
    assert "旅程" in answer(client, "")["wrong_other"][0].text


@needs_browser
@pytest.mark.parametrize("view", [WIDE, pytest.param(PHONE, marks=nightly)])
def test_the_map_is_read_in_a_browser_of_either_width(
    walked: Path, opened: Callable[..., Any], view: dict[str, int]
) -> None:
    page = opened("analyst", view, at=f"{PATH}?{ASKED}&compare=1")
    page.locator("#answer canvas").first.wait_for()
    assert troubles(page) == []
    page.locator(".journey-map a").first.click()
    page.locator("#drawer-place aside").wait_for()
    assert troubles(page) == []
