"""What a study found, in plain Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator

from liuke.insight.churn.learning.card.facts import Text
from liuke.insight.uplift.findings import Finding
from liuke.insight.uplift.study import Study
from liuke.stats.compare import Interval

LEARNERS = {
    "s": Text("S 学习器", "S-learner"),
    "t": Text("T 学习器", "T-learner"),
    "x": Text("X 学习器", "X-learner"),
    "dr": Text("DR 学习器", "DR-learner"),
    "response": Text("只看响应", "response alone"),
    "random": Text("随机", "by lot"),
}
POLICIES = {
    "uplift": Text("按增量", "by uplift"),
    "uplift_pays": Text("按增量，且合算", "where it pays"),
    "response": Text("按响应", "by response"),
    "everybody": Text("全部（超出预算）", "everybody"),
}
_FINDINGS = {
    "sampled": Text("表太大，随机抽取 {} 行", "a large table: {} rows were drawn at random"),
    "no_arm": Text("{} 行不属于所比较的两组，未使用", "{} rows are in neither of the arms compared"),
    "no_outcome": Text("{} 行没有结果，未使用", "{} rows have no outcome and were left out"),
    "lost_unequally": Text(
        "两组缺结果的比例不同（{}）：谁的结果缺失与干预有关，比较不可信",
        "outcomes are missing unequally in the arms ({}): the comparison should not be believed",
    ),
    "uneven": Text(
        "两组人数与计划比例不符（{}，样本比例失衡）：先查抽签与落数，结论不可信",
        "the arms are not as large as planned ({}, sample ratio mismatch): look for people lost on the way first",
    ),
    "slightly_uneven": Text(
        "两组人数与计划比例略有出入（{}），未到告警线 0.001，值得一查",
        "the arms differ somewhat from the plan ({}), not below the alarm at 0.001: worth a look",
    ),
    "plan_unknown": Text(
        "未说明计划比例，按抽签、实际占比 {} 计；不做样本比例检查（可用 --propensity 说明）",
        "no planned share was stated: taken as drawn by lot, {} treated; sample ratio not checked (--propensity)",
    ),
    "unbalanced": Text(
        "两组之间差异过大（{}）：可能抽签之后才知道，应以 --exclude 去掉",
        "differs between the arms ({}): perhaps known only after the draw, then --exclude it",
    ),
    "identifier": Text("只区分人、不描述人的标识，未使用", "an identifier: tells people apart, not used"),
    "all_null": Text("整列为空，未使用", "no value at all, not used"),
    "unread": Text("{} 个值读不懂，按空值处理", "{} values could not be read and count as null"),
    "protected": Text(
        "受保护属性，仍作为特征使用；--exclude 可排除",
        "a protected attribute used as a feature; --exclude leaves it out",
    ),
    "code": Text("取值很多的代码，只用其出现频次", "a code with many values: only how often each occurs is used"),
    "repeated": Text(
        "同一人出现多行（多出 {} 行）：同一单元被分配两次，比较不可信",
        "people stand in several rows ({} too many): a unit assigned twice, the comparison should not be believed",
    ),
    "estimated": Text(
        "没有抽签，干预概率由特征估计：证据弱于随机试验，特征之外的差别会混进效果",
        "nobody drew lots, chances are estimated from the features: weaker evidence than a randomised trial",
    ),
    "thin_overlap": Text(
        "{} 的人几乎必然或几乎不可能被干预，其权重已截断",
        "{} of people were nearly certain to be treated or left alone; their weights are cut",
    ),
}


def finding_text(finding: Finding) -> Text:
    """What was found, without the column's name."""
    found = _FINDINGS[finding.kind]
    return Text(found.zh.format(finding.detail), found.en.format(finding.detail))


def verdict_text(found: Study) -> Text:
    """The conclusion: the effect first, then whether to choose people by uplift."""
    parts = list(_conclusions(found))
    return Text("".join(p.zh for p in parts), " ".join(p.en for p in parts))


def _conclusions(found: Study) -> Iterator[Text]:
    if found.verdict == "unfit":
        yield Text(
            "结论不可用：试验本身有问题，先解决下列发现，再读任何数字。",
            "Not to be read: the trial itself is at fault; clear up the findings before any figure.",
        )
        return
    effect = found.effect or found.arms.difference
    yield _of_effect(effect, found.binary)
    if found.verdict == "no_features":
        yield Text(
            "没有可用特征，不能区分客户，只能全做或全不做。",
            "There is no feature to tell people apart by: treat everybody or nobody.",
        )
        return
    tested = found.heterogeneity
    assert tested is not None
    if not tested.usable:
        yield Text(
            f"没有可用的个体差异（z = {tested.z:.2f}，p = {tested.p_value:.2g}）：不要按增量挑人。",
            f"No usable heterogeneity (z = {tested.z:.2f}, p = {tested.p_value:.2g}): do not target by uplift.",
        )
        yield from _of_response(found)
        return
    yield Text(
        f"效果因人而异且可用（z = {tested.z:.2f}，p = {tested.p_value:.2g}）：可以按增量挑人。",
        f"Effects differ between people in a usable way (z = {tested.z:.2f}, p = {tested.p_value:.2g}): "
        "target by uplift.",
    )
    yield from _of_targeting(found)


def _of_effect(effect: Interval, binary: bool) -> Text:
    shown = interval_text(effect, binary)
    if not effect.excludes_zero:
        return Text(f"平均效果 {shown}，与零分不开。", f"The average effect is {shown}, not told from zero.")
    if effect.estimate < 0:
        return Text(f"平均效果为负：{shown}。", f"The average effect is harmful: {shown}.")
    return Text(f"平均效果 {shown}。", f"The average effect is {shown}.")


def _of_targeting(found: Study) -> Iterator[Text]:
    best = next(w for w in found.policies if w.name == "uplift")
    share, gain = f"{best.share:.0%}", interval_text(best.over_lot, found.binary)
    yield Text(
        f"联系其中 {share} 的人时，按增量挑比随机挑同样多的人，平均每人（含未联系者）多 {gain}。",
        f"With contacts for {share}, choosing by uplift adds {gain} per person (contacted or not) to choosing by lot.",
    )
    ahead = found.ahead
    if ahead is not None and not ahead.excludes_zero:
        shown = interval_text(ahead, found.binary)
        yield Text(
            f"与按响应挑人相比为 {shown}，尚分不出高下。",
            f"Against choosing by response it is {shown}: not told apart yet.",
        )


def _of_response(found: Study) -> Iterator[Text]:
    """Where uplift is of no use, who responds anyway may still gain most; said when the interval shows it."""
    one = next((w for w in found.policies if w.name == "response"), None)
    if one is not None and one.over_lot.low > 0:
        shown = interval_text(one.over_lot, found.binary)
        yield Text(
            f"按响应挑 {one.share:.0%} 的人，比随机挑平均每人多 {shown}。",
            f"Choosing {one.share:.0%} by response adds {shown} per person to choosing by lot.",
        )


def interval_text(found: Interval, binary: bool) -> str:
    """Of a difference: percentage points of a share, else the plain number; reads in both languages."""
    factor, unit = (100, " pp") if binary else (1, "")
    return f"{found.estimate * factor:+.3g}{unit} [{found.low * factor:+.3g}, {found.high * factor:+.3g}]"


def level_text(found: Interval, binary: bool) -> str:
    """Of a mean: a share in per cent, else the plain number."""
    factor, unit = (100, "%") if binary else (1, "")
    return f"{found.estimate * factor:.3g}{unit} [{found.low * factor:.3g}, {found.high * factor:.3g}]"
