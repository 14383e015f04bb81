import html.parser
import re

import numpy as np
import pytest

from liuke.insight.churn.learning.baselines import against, score_baselines
from liuke.insight.churn.learning.card.facts import CardFacts, FeatureLine, Headline, Text
from liuke.insight.churn.learning.card.page import render
from liuke.insight.churn.learning.card.words import finding_text
from liuke.insight.churn.learning.checks import Finding
from liuke.insight.churn.learning.evaluate import evaluate
from liuke.stats.drift import reference
from tests.insight.churn.learning.made import chance, examples

EVIL = '<script>alert("x")</script>'


def facts(**changes) -> CardFacts:
    train, valid = examples(), examples(600, seed=9)
    score = chance(valid.features)
    months = np.array([f"2026-0{1 + k % 3}" for k in range(600)])
    sexes = np.where(np.arange(600) % 2, "F", "M")
    beside = [against(valid.label, score, s) for s in score_baselines(train, valid, None, seed=1)]
    made = {
        "title": Text("流失模型", "Churn model"),
        "version": "v1",
        "made": "2026-03-01",
        "purpose": Text("预测流失", "Predicts churn"),
        "protocol": Text("按时间", "by time"),
        "headline": (Headline("0.83", Text("尚未下降", "not yet fallen")),),
        "data": ((Text("行数", "rows"), "600"),),
        "evaluation": evaluate(
            valid.label, score, slices={"month": months, "segment": sexes}, groups={"sex": sexes}, baselines=beside
        ),
        "features": (FeatureLine("a", Text("余额", "Balance"), 0.7), FeatureLine("b", Text(EVIL, EVIL), 0.3)),
        "findings": (Finding("leak", EVIL, "AUC 0.9991", used=True), Finding("identifier", "id", "")),
        "limits": (Text("局限", "a limit"),),
        "references": {"a": reference(train.column("a"))},
        "score_reference": reference(score),
        "facts": {"seed": "1"},
        "group_titles": {"sex": Text("性别", "sex")},
    }
    return CardFacts(**{**made, **changes})


@pytest.fixture(scope="module")
def card() -> str:
    return render(facts())


class Balanced(html.parser.HTMLParser):
    """Fails on tags that do not close in order; collects tags and attributes."""

    VOID = frozenset({"meta", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(page: str) -> Balanced:
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    return parser


def test_the_card_is_one_whole_document_without_scripts_or_anything_from_elsewhere(card):
    tags = read(card).seen
    assert {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in tags} == set()
    assert not [
        name for _, attributes in tags for name in attributes if name.startswith("on") or name in {"src", "href"}
    ]
    assert "url(" not in card
    assert "@import" not in card


def test_texts_from_data_cannot_become_markup(card):
    assert EVIL not in card
    assert "&lt;script&gt;" in card


def test_every_promised_part_is_there_in_both_languages(card):
    for words in (
        ("数据与方法", "Data and protocol"), ("主要特征", "Top features"), ("与简单做法比较", "Beside simpler scores"),
        ("校准", "Calibration"), ("稳定性：month", "Stability by month"), ("分群：segment", "By segment"),
        ("公平性：性别", "Fairness by sex"), ("已知局限", "Known limits"), ("漂移参照", "Drift reference"),
        ("逻辑回归", "logistic regression"), ("如何复现", "How to make it again"),
    ):  # fmt: skip
        assert all(word in card for word in words), words


def test_figures_on_the_card_are_those_of_the_evaluation(card):
    found = facts().evaluation.figures
    assert f"<b>{found.auc.estimate:.3f}</b>" in card
    assert f"<b>{100 * found.ece_10:.2f}%</b>" in card
    for group in facts().evaluation.fairness["sex"]:
        assert f'<td class="num">{100 * group.flagged:.1f}%</td>' in card


def test_equal_facts_give_the_same_text(card):
    assert render(facts()) == card


def test_pictures_are_named_for_those_who_cannot_see_them(card):
    pictures = [attributes for tag, attributes in read(card).seen if tag == "svg"]
    assert len(pictures) == 3
    assert all(p["role"] == "img" and p["aria-label"] for p in pictures)


def test_points_stay_inside_their_picture(card):
    for width, height, inner in re.findall(r'viewBox="0 0 (\d+) (\d+)"[^>]*>(.*?)</svg>', card):
        points = re.findall(r'cx="([-\d.]+)" cy="([-\d.]+)"', inner)
        assert points
        assert all(0 <= float(x) <= int(width) and 0 <= float(y) <= int(height) for x, y in points)


def test_a_card_of_one_class_shows_dashes_instead_of_failing():
    none = evaluate(np.zeros(50, dtype=np.int8), np.full(50, 0.1), slices={"month": np.array(["2026-01"] * 50)})
    page = render(facts(evaluation=none))
    read(page)
    assert "—" in page


def test_every_kind_of_finding_has_a_sentence_in_both_languages():
    from typing import get_args

    from liuke.insight.churn.learning.checks import Kind

    for kind in get_args(Kind):
        said = finding_text(Finding(kind, "c", "7"))
        assert said.zh
        assert said.en


def test_of_a_group_of_few_people_no_figure_is_shown():
    rng = np.random.default_rng(3)
    score = rng.random(200)
    label = (rng.random(200) < score).astype(np.int8)
    age = np.array(["<30"] * 191 + ["80+"] * 9)
    judged = evaluate(label, score, slices={"aum": age}, groups={"age": age})
    page = render(facts(evaluation=judged))
    rows = [row for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL) if ">80+<" in row]
    assert len(rows) == 2
    for row in rows:
        figures = re.findall(r'<td class="num">(.*?)</td>', row)
        assert figures[0] == "&lt;10"
        assert set(figures[1:]) == {"—"}
    assert ">191<" in page
