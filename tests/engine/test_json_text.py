import pyarrow as pa
import pytest

from liuke.engine import Engine

TEXTS = ['{"a":1.5,"b":true,"c":null,"d":"中文","$e":{"k":1}}', "{broken", None, "[1]", ""]


@pytest.mark.parametrize(
    ("key", "text"), [("a", "1.5"), ("b", "true"), ("c", None), ("d", "中文"), ("$e", '{"k":1}'), ("absent", None)]
)
def test_a_property_is_text_and_what_is_no_object_has_none(engine: Engine, key: str, text: str | None) -> None:
    rows = engine.from_arrow(pa.table({"n": range(len(TEXTS)), "properties": TEXTS}))
    found = engine.arrow(rows.select("n", text=engine.json_text(rows.properties, key)).order_by("n"))
    assert found["text"].to_pylist() == [text, None, None, None, None]
