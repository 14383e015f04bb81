import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.act.arbitrate.lever_policy import GlobalHoldout, LeverPolicy
from liuke.act.withheld import NOBODY, Withheld

HELD = Withheld("global", 0.3, "salt", ("fraud",))


@given(
    customers=st.lists(
        st.text(st.characters(codec="ascii", exclude_characters="|\x00"), max_size=8), min_size=1, unique=True
    )
)
def test_a_column_of_customers_and_one_customer_are_drawn_alike(engine, customers):
    rows = engine.from_arrow(pa.table({"customer_id": [*customers, customers[0]]}))
    found = engine.arrow(HELD.among(rows)).to_pylist()
    told = {who: value for who in customers if (value := HELD.draw_of(who, "rm_care")) is not None}
    assert {row["customer_id"]: row["global_draw"] for row in found} == told
    assert len(found) == len(told)


def test_duties_reach_everybody_and_without_a_share_nobody_is_withheld(engine):
    held = next(f"C{n}" for n in range(100) if HELD.draw_of(f"C{n}", "rm_care") is not None)
    assert HELD.draw_of(held, "fraud") is None
    assert NOBODY.draw_of(held, "rm_care") is None
    assert engine.arrow(NOBODY.among(engine.from_arrow(pa.table({"customer_id": [held]})))).num_rows == 0


@pytest.mark.parametrize(("salt", "told"), [(None, "loop"), ("own", "own")])
def test_the_draw_is_salted_as_arbitration_salts_it(salt, told):
    levers = LeverPolicy(salt=salt, global_holdout=GlobalHoldout(share=0.1))
    found = levers.withheld("loop")
    assert (found.salt, found.share, found.duties) == (told, 0.1, levers.duties)
