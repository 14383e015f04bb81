import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from liuke.errors import YourMistake
from liuke.insight.churn.learning.flat.read import read_flat
from liuke.insight.churn.learning.flat.training import FlatRequest, prepare_flat, train_flat
from tests.insight.churn.learning.made import QUICK

FAST = QUICK.but(members=1, max_rounds=30, inner_folds=2, augment=True)


def rows(n: int = 900, seed: int = 0) -> dict[str, list]:
    rng = np.random.default_rng(seed)
    before = rng.lognormal(8, 1, n).round(2)
    now = (before * rng.lognormal(0, 0.6, n)).round(2)
    left = rng.random(n) < 1 / (1 + np.exp(1 + 3 * np.log(now / before)))
    return {
        "customer_id": [f"C{k:06d}" for k in range(n)],
        "balance": now.tolist(),
        "balance_before": before.tolist(),
        "branch": [f"branch {k}" for k in rng.integers(0, 30, n)],
        "occupation": [("salaried", "student", "retired")[k] for k in rng.integers(0, 3, n)],
        "sex": [("F", "M")[k] for k in rng.integers(0, 2, n)],
        "age": rng.integers(18, 80, n).tolist(),
        "taken": [f"2026-0{1 + k % 4}-28" for k in range(n)],
        "always": ["x"] * n,
        "left": left.astype(int).tolist(),
    }


def written(path: Path, data: dict[str, list], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as handle:
        writer = csv.writer(handle, delimiter=delimiter)
        writer.writerow(data)
        writer.writerows(zip(*data.values(), strict=True))
    return path


@pytest.fixture
def request_for(tmp_path):
    def made(data: dict[str, list] | None = None, **changes) -> FlatRequest:
        path = written(tmp_path / "customers.csv", data or rows())
        return replace(FlatRequest(path, "left", folds=2, repeats=1, settings=FAST), **changes)

    return made


def test_a_table_is_read_checked_cross_validated_and_trained(engine, request_for):
    found = train_flat(engine, request_for(protect=("sex",)))
    assert found.crossval.model.mean > found.crossval.baselines[1].mean
    assert {(f.kind, f.column) for f in found.findings} == {
        ("identifier", "customer_id"), ("protected", "age"), ("constant", "always=x"),
    }  # fmt: skip
    assert set(found.evaluation.fairness) == {"sex", "age"}
    assert not any(name.startswith("sex") for name in found.trained.model.names)
    assert "balance / balance_before" in found.trained.model.columns
    assert "rate of branch" in found.trained.model.columns


def test_the_same_table_gives_the_same_model(engine, request_for):
    one, two = (train_flat(engine, request_for()).trained.model for _ in range(2))
    assert one == two


def test_parquet_and_csv_of_any_delimiter_and_encoding_are_the_same_examples(engine, request_for, tmp_path):
    data = {k: v for k, v in rows().items() if k != "occupation"} | {"职业": ["学生", "退休", "在职"] * 300}
    plain = prepare_flat(engine, request_for(data))
    pq.write_table(pa.table(data), tmp_path / "t.parquet")
    written(tmp_path / "t.txt", data, ";", "gb18030")
    for name in ("t.parquet", "t.txt"):
        other = prepare_flat(engine, request_for(data, table=tmp_path / name))
        assert other.examples.names == plain.examples.names
        assert np.array_equal(other.examples.features, plain.examples.features, equal_nan=True)


def test_time_orders_the_validation_and_names_the_periods(engine, request_for):
    found = train_flat(engine, request_for(time="taken", folds=2))
    assert found.crossval.time_ordered
    assert [s.value for s in found.evaluation.slices["period"]] == ["2026-03-28", "2026-04-28"]
    assert "taken (days before the latest)" not in found.trained.model.names


def test_columns_named_to_be_left_out_are_left_out(engine, request_for):
    found = prepare_flat(engine, request_for(exclude=("balance", "age"), ids=("branch",)))
    assert {n.split("=")[0] for n in found.examples.names} == {
        "balance_before", "occupation", "sex", "taken (days before the latest)", "always",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "option"),
    [({"label": "lefd"}, "--label"), ({"exclude": ("ballance",)}, "--exclude"), ({"ids": ("customerid",)}, "--id"),
     ({"time": "takn"}, "--time"), ({"protect": ("sexx",)}, "--protect")],
)  # fmt: skip
def test_an_unknown_column_is_answered_with_the_nearest(engine, request_for, changes, option):
    with pytest.raises(YourMistake, match=option) as error:
        prepare_flat(engine, request_for(**changes))
    assert "did you mean" in error.value.render()


def test_a_leaking_column_stops_before_anything_is_trained(engine, request_for):
    data = rows()
    data["closing_fee"] = [v * 2.5 for v in data["left"]]
    with pytest.raises(YourMistake, match="closing_fee"):
        train_flat(engine, request_for(data))
    assert train_flat(engine, request_for(data, exclude=("closing_fee",))).crossval.model.mean < 0.99


def test_a_time_that_holds_no_dates_is_refused(engine, request_for):
    with pytest.raises(YourMistake, match="holds no dates"):
        prepare_flat(engine, request_for(time="occupation"))


def test_rows_without_a_label_are_left_out_and_counted(engine, request_for):
    data = rows()
    data["left"][:10] = [""] * 10
    found = prepare_flat(engine, request_for(data))
    assert len(found.examples) == 890
    assert ("unlabelled", "10") in {(f.kind, f.detail) for f in found.findings}


def test_a_line_of_too_many_fields_is_named(engine, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,left\n1,0\n2,1,9\n", encoding="utf-8")
    with pytest.raises(YourMistake, match="3 fields instead of 2") as error:
        read_flat(engine, path, tmp_path)
    assert ":3" in error.value.render()


def test_a_long_table_is_sampled_the_same_way_each_time(engine, tmp_path):
    path = written(tmp_path / "t.csv", {"a": list(range(5000)), "left": [0, 1] * 2500})
    one, two = (read_flat(engine, path, tmp_path, seed=3, limit=500) for _ in range(2))
    assert one.whole == 5000
    assert 400 < one.rows.num_rows < 600
    assert one.rows.equals(two.rows)


def test_a_file_that_is_not_there_is_said_so(engine, tmp_path):
    with pytest.raises(YourMistake, match="no such file"):
        read_flat(engine, tmp_path / "none.csv", tmp_path)
