import json

import pyarrow.parquet as pq
from typer.testing import CliRunner

from liuke.cli.app import app
from liuke.errors import YourMistake


def test_simulate_writes_data_mapping_and_truth_apart_and_reports_json(tmp_path):
    out = tmp_path / "bank"
    options = ["--customers", "300", "--months", "4", "--seed", "2", "--end", "2026-05-31", "--json"]
    made = CliRunner().invoke(app, ["simulate", str(out), *options])
    assert made.exit_code == 0
    facts = json.loads(made.stdout[made.stdout.index("{") :])
    assert facts["rows"]["customer"] == pq.read_table(out / "data" / "customer").num_rows
    assert facts["end"] == "2026-05-31"
    assert (out / "sources" / "simulated.yaml").is_file()
    assert pq.read_table(out / "truth" / "episodes.parquet").num_rows == facts["episodes"] > 0
    assert pq.read_table(out / "truth" / "applications.parquet").num_rows == facts["applications"] > 0
    assert "loan_lost_at_identity" in json.loads((out / "truth" / "pains.json").read_text(encoding="utf-8"))
    assert not list(out.rglob("*.partial"))


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path):
    (tmp_path / "liuke.yaml").write_text("name: bank", encoding="utf-8")
    result = CliRunner().invoke(app, ["simulate", str(tmp_path), "--customers", "300"])
    assert isinstance(result.exception, YourMistake)
    assert [path.name for path in tmp_path.iterdir()] == ["liuke.yaml"]
