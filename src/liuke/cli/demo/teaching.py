"""The demo's churn model: trained on the bank's past as `liuke train` does, with a search cut short."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from liuke.errors import YourMistake
from liuke.insight.churn.card_of import card_of
from liuke.insight.churn.definition import read_churn_policy
from liuke.insight.churn.learning.settings import CANDIDATES, TrainSettings
from liuke.insight.churn.training import Bank, Wish, train_bank, write
from liuke.insight.churn.warning_policy import read_warning_policy
from liuke.wiring import House

SNAPSHOTS = 8
_WHO = {"not_fallen": "余额尚未下降的客户", "all": "全部客户"}
HASTY = TrainSettings(
    candidates=CANDIDATES[:1], learning_rate=0.08, max_rounds=250, patience=20, inner_folds=2, members=1
)
"""A minute is long in a demo: one size of tree, larger steps. `liuke train` takes its time."""


def teach(house: House, day: date) -> str:
    """Trains and registers the model with what was known on the evening of `day`; says how it did, or why not."""
    now = datetime.combine(day + timedelta(days=1), time(6), house.zone)
    policy = read_churn_policy(house.policy("churn"))
    few = policy.model_copy(update={"training": policy.training.model_copy(update={"snapshots": SNAPSHOTS})})
    wish = Wish(few, read_warning_policy(house.policy("warning")), until=day, settings=HASTY)
    with house.engine() as engine:
        try:
            judged = train_bank(Bank(engine, house.lake, house.zone, house.pseudonym_key(), now), wish)
        except YourMistake as error:  # a demo of few customers or months has too little to learn from
            return f"未训练 ({error})"
        made = write(judged, house.models, now=now, card=card_of(judged, house.settings.small_group))
    found = judged.headline.model.auc
    figure = f"AUC {found.estimate:.3f}" if found else "AUC —"
    state = "已启用" if made.entry.state == "active" else "未优于信号,候选"
    return f"{made.entry.label} · {state} · {_WHO.get(judged.headline.group, '全部')} {figure}"
