"""What Spark promises beside what every engine must do (test_engines.py), and what is said where it is absent."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from liuke.cli.app import app
from liuke.cli.init import Template, write_home
from liuke.engine import DuckEngine, open_spark
from liuke.errors import YourMistake
from liuke.wiring import open_house
from tests.engine.conftest import numbers
from tests.spark import small_spark


# --- without Spark ---------------------------------------------------------------------------------
def test_without_pyspark_the_message_says_what_to_install(monkeypatch):
    for name in [n for n in sys.modules if n.startswith("liuke.engine.spark")]:
        monkeypatch.delitem(sys.modules, name)
    for name in {"pyspark", "pyspark.errors", *(n for n in sys.modules if n.startswith("pyspark."))}:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(YourMistake, match="PySpark is not installed") as caught:
        open_spark(master="local[1]", memory_limit_mb=512, spill=None, conf={})
    assert "pip install 'liuke[spark]'" in caught.value.render()


@pytest.mark.spark
def test_without_java_the_message_says_so(tmp_path):
    pytest.importorskip("pyspark")
    code = (
        "from liuke.engine import open_spark\nfrom liuke.errors import YourMistake\n"
        "try: open_spark(master='local[1]', memory_limit_mb=512, spill=None, conf={})\n"
        "except YourMistake as error: print(error.render())\n"
    )
    bare = {"PATH": str(_without_java(tmp_path)), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, env=bare, capture_output=True, text=True, timeout=120, check=False)
    assert "Spark did not start" in found.stdout, found.stderr
    assert "Java 17" in found.stdout


def _without_java(folder: Path) -> Path:
    """A PATH with the shell tools that Spark's start script needs, and no java."""
    tools = folder / "bin"
    tools.mkdir()
    for name in ("bash", "env", "dirname", "basename", "sh", "ps", "uname", "readlink", "ls", "grep", "python3"):
        real = next((Path(p) / name for p in ("/bin", "/usr/bin") if (Path(p) / name).exists()), None)
        if real:
            (tools / name).symlink_to(real)
    return tools


def test_the_engine_of_the_command_line_goes_before_the_settings_and_only_two_are_known(tmp_path):
    write_home(tmp_path / "home", Template.BANK)
    house = open_house(tmp_path / "home")
    assert house.settings.engine.kind == "duckdb"
    assert house.on("spark").settings.engine.kind == "spark"
    with house.on("spark").on("duckdb").engine() as engine:
        assert isinstance(engine, DuckEngine)
    result = CliRunner().invoke(app, ["run", "--home", str(tmp_path / "home"), "--engine", "flink"])
    assert result.exit_code == 2


@pytest.mark.parametrize("command", [["tags"], ["segments", "list"]])
def test_what_a_page_shows_too_is_not_kept_waiting_for_spark(command, tmp_path, monkeypatch):
    def starts(**_):
        raise AssertionError("Spark was started")

    write_home(tmp_path / "home", Template.BANK)
    with (tmp_path / "home" / "liuke.yaml").open("a") as settings:
        settings.write("engine: {kind: spark}\n")
    monkeypatch.setattr("liuke.wiring.house.open_spark", starts)
    shown = CliRunner().invoke(app, [*command, "--home", str(tmp_path / "home"), "--json"])
    assert shown.exit_code == 0
    assert len(json.loads(shown.stdout)) > 10
    with pytest.raises(AssertionError, match="Spark was started"), open_house(tmp_path / "home").engine():
        pass


# --- with Spark ------------------------------------------------------------------------------------
@pytest.mark.spark
def test_engines_of_one_process_see_nothing_of_each_other_and_closing_leaves_no_files():
    first, second = small_spark(), small_spark()
    table = first.materialise(numbers(10))
    assert first.count(table) == 10
    with pytest.raises(Exception, match="cannot be found"):
        second._session.table(table.get_name())
    folder = first._spill
    first.close()
    assert not folder.exists()
    assert second.count(numbers(3)) == 3
    second.close()


@pytest.mark.spark
def test_a_released_table_and_a_stream_read_or_given_up_leave_no_files():
    spark = small_spark()
    table = spark.materialise(numbers(1000))
    spark.batches(table).read_all()
    given_up = spark.batches(table, rows=10)
    given_up.read_next_batch()
    del given_up
    spark.release(table)
    assert list(spark._spill.iterdir()) == []
    spark.close()


@pytest.mark.spark
def test_the_files_of_a_table_are_listed_once_until_it_has_others(tmp_path):
    spark, schema = small_spark(), pa.schema([("a", pa.int64())])
    paths = [str(tmp_path / f"{n}.parquet") for n in range(2)]
    for path in paths:
        pq.write_table(pa.table({"a": [1, 2]}, schema=schema), path)
    first, again, more = (spark.scan(files, schema) for files in (paths[:1], paths[:1], paths))
    assert first.get_name() == again.get_name() != more.get_name()
    assert spark.scan(paths[:1], pa.schema([("b", pa.int64())])).columns == ("b",)
    assert [spark.count(table) for table in (first, again, more)] == [2, 2, 4]
    spark.close()


@pytest.mark.spark
def test_wrong_sql_names_the_engine_whose_sql_is_meant():
    spark = small_spark()
    with pytest.raises(YourMistake) as caught:
        spark.with_sql(spark.from_arrow(pa.table({"a": ["1"]})), {"v": "strptime(a, '%Y')"})
    assert "Spark's SQL" in caught.value.render()
    spark.close()


@pytest.mark.spark
def test_spark_listens_on_this_machine_only_and_shows_no_page():
    spark = small_spark()
    conf = spark._session.sparkContext.getConf()
    assert conf.get("spark.driver.bindAddress") == conf.get("spark.driver.host") == "127.0.0.1"
    assert spark._session.sparkContext.uiWebUrl is None
    spark.close()


@pytest.mark.spark
def test_settings_that_make_results_equal_cannot_be_overridden():
    small_spark().close()  # starts the JVM of the tests
    spark = open_spark(master="local[1]", memory_limit_mb=512, spill=None, conf={"spark.sql.ansi.enabled": "false"})
    assert spark._session.conf.get("spark.sql.ansi.enabled") == "true"
    spark.close()
