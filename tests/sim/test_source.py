from liuke.collect.mapping import Source
from liuke.sim import write_source
from liuke.sim.source import DELIVERED
from liuke.tables import CONTRACTS
from liuke.yaml_file import load_yaml


def test_the_mapping_file_covers_every_table_and_is_valid(tmp_path):
    source = load_yaml(write_source(tmp_path / "sources" / "simulated.yaml", "../data"), Source)
    assert source.tables == list(DELIVERED)
    assert set(CONTRACTS) - set(DELIVERED) == {"identity_link", "contact_point"}
    assert source.history == "backfill"
    assert {f.path for f in source.files} == {f"../data/{name}/*.parquet" for name in DELIVERED}
    assert {f.kind for f in source.files} == {"parquet"}
