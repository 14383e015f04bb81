import json

import pyarrow.parquet as pq
from typer.testing import CliRunner

from liuke.cli import simulate as _registers  # noqa: F401
from liuke.cli.app import app


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
    assert not list(out.rglob("*.partial"))
