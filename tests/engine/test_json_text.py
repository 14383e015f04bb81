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


def test_several_properties_come_at_once_as_each_does(engine: Engine) -> None:
    keys = ["a", "absent", "$e", "c"]
    rows = engine.from_arrow(pa.table({"n": range(len(TEXTS)), "properties": TEXTS}))
    found = engine.layer(rows.mutate(texts=engine.json_texts(rows.properties, keys)))
    told = engine.arrow(
        found.select("n", *(found.texts[k].name(f"at_{k}") for k in range(4))).order_by("n")
    ).to_pylist()
    assert [[row[f"at_{k}"] for k in range(4)] for row in told] == [["1.5", None, '{"k":1}', None], *[[None] * 4] * 4]
