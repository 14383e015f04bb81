from __future__ import annotations

import pytest

from liuke.act.arbitrate.explain import Told, Wording, explained
from liuke.act.arbitrate.fates import CANDIDATE_FATES
from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.act.holdout import draw
from liuke.engine import Engine
from tests.act.arbitrate.bank import DAY, PLAIN, SALT, call, candidate, decided

NAMES = {"rm_care": "客户经理关怀", "a": "大额存单", "b": "新客礼"}


def told(engine: Engine, rows: list[dict], policy: LeverPolicy = PLAIN, **how) -> dict[str, Told]:
    return said(engine.arrow(decided(engine, rows, policy, **how).fates).to_pylist(), policy)


def said(found: list[dict], policy: LeverPolicy = PLAIN, locale: str = "zh-hans") -> dict[str, Told]:
    wording = Wording(NAMES, lambda row: f"<{row['gate']}>", policy, locale)
    return {one.treatment: one for one in explained(found, wording)}


def test_the_chosen_comes_first_with_every_number_that_made_it(engine: Engine) -> None:
    rows = [candidate("C1", "b"), candidate("C1", "a", value_kept=52000.0, uplift=0.2, uplift_n=312, context=1.5)]
    fates = engine.arrow(decided(engine, rows).fates).to_pylist()
    found = said(fates)
    assert list(found) == ["a", "b"]
    assert found["a"].text == (
        "选定「大额存单」。预期增量价值 1.56 万元 = 起效机会 20.00%（已实测，证据 312 位客户）× 价值 5.20 万元"
        " × 情境 1.5 × 调节 1 − 成本 0.00 元 − 疲劳 0.00 元。"
    )
    assert found["b"].text == "不选「新客礼」：「大额存单」更好（预期增量价值 10.00 元，对 1.56 万元）。"
    assert (
        "Chosen: “大额存单”. Expected incremental value 15,600.00 = chance 20.00%" in said(fates, locale="en")["a"].text
    )


def test_every_reason_why_not_has_its_own_words(engine: Engine) -> None:
    rows = [
        call("C1", 50.0), candidate("C1", "a"), candidate("C1", "n", theme="fraud"), call("C1", -1.0, "poor"),
        candidate("C1", "g", gate="consent"), candidate("C1", "e", eligible=False),
        candidate("C1", "i", applicable=False), candidate("C1", "u", propensity=None),
        candidate("C1", "t10", value_kept=900.0, terms_of="t", offer_id="t10", benefit_amount=1.0),
        candidate("C1", "t25", value_kept=1.0, terms_of="t", offer_id="t25", benefit_amount=2.0),
    ]  # fmt: skip
    found = told(engine, rows, desks={"D": 0})
    end = {t: one.text.split("：")[-1] for t, one in found.items()}
    assert "名额已给了增益更大的客户" in found["rm_care"].text
    assert end["poor"] == "预期增量价值 -1.00 元，不如不做。"
    assert end["g"].endswith("<consent>")
    assert "不符合条件" in end["e"]
    assert "此刻与客户无关" in end["i"]
    assert "因子未知" in end["u"]
    assert "应尽的告知" in end["n"]
    assert "「t25」给客户的更多" in end["t10"]
    assert {one.fate for one in found.values()} == set(CANDIDATE_FATES) - {"held_out", "human_review"}


def test_hold_outs_and_opt_outs_say_so(engine: Engine) -> None:
    who = next(f"C{i}" for i in range(99) if draw(f"C{i}", "care", SALT) < 0.5)
    rows = [call(who, 50.0, experiment="care", holdout_share=0.5), candidate(who, "a")]
    found = told(engine, rows)
    assert "进入实验 care 的对照组" in found["rm_care"].text
    assert "「客户经理关怀」更好" in found["a"].text
    assert "交由人工判断" in told(engine, rows, off=(who,))["a"].text
    everybody = LeverPolicy.model_validate(PLAIN.model_dump() | {"global_holdout": {"experiment": "g", "share": 0.5}})
    held = next(f"C{i}" for i in range(99) if draw(f"C{i}", "g", SALT) < 0.5)
    assert "全局对照组 g" in told(engine, [call(held, 5.0)], policy=everybody)["rm_care"].text


def test_a_drawn_customer_is_told_the_chances(engine: Engine) -> None:
    always = LeverPolicy.model_validate(PLAIN.model_dump() | {"exploration": {"share": 0.5}})
    who = next(f"C{i}" for i in range(99) if 0.17 < draw(f"C{i}", f"explore:{DAY}", SALT) < 0.33)  # the first of two
    found = told(engine, [candidate(who, "a"), candidate(who, "b", value_kept=900.0)], policy=always)
    assert "3 个选项（含不做）机会均等，各 33.3%" in found["a"].text
    assert "抽中的是「大额存单」" in found["b"].text


@pytest.mark.parametrize(("locale", "words"), [("zh-hans", "没有任何候选动作"), ("en", "no candidate")])
def test_nothing_thought_of_is_said_too(locale: str, words: str) -> None:
    [only] = explained([], Wording({}, str, PLAIN, locale))
    assert words in only.text
