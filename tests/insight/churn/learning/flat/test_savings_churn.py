"""Real savings customers: the general path finds what a plain model on the same columns does not."""

import numpy as np
import pytest

from liuke.insight.churn.learning.flat.training import FlatRequest, prepare_flat
from liuke.insight.churn.learning.folds import stratified
from liuke.insight.churn.learning.train import train
from liuke.stats.calibration import expected_calibration_error
from liuke.stats.ranking import auc
from tests.insight.churn.learning.made import QUICK


@pytest.mark.public_data
def test_comparing_columns_of_like_scale_finds_more_churners_on_real_savings_data(engine, public_data):
    table = public_data / "av_savings_churn" / "churn_prediction.csv"
    prepared = prepare_flat(engine, FlatRequest(table, "churn"))
    assert [(f.kind, f.column) for f in prepared.findings] == [
        ("identifier", "customer_id"), ("protected", "age"), ("protected", "gender"),
    ]  # fmt: skip
    learn, held = (prepared.examples.take(rows) for rows in stratified(prepared.examples.label, 4, 1)[0])
    quick = QUICK.but(members=1, inner_folds=2)
    plain, compared = (train(learn, held, seed=1, settings=quick.but(augment=a)).valid_score for a in (False, True))
    assert auc(held.label, compared) > auc(held.label, plain) + 0.003
    assert expected_calibration_error(held.label, compared) < 0.02
    assert np.isfinite(compared).all()
