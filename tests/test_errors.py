from liuke.errors import Place, YourMistake, did_you_mean


def test_a_message_says_what_where_expected_state_and_next():
    error = YourMistake(
        "no such column 'amuont'",
        place=Place("t.csv", 3, "amuont"),
        expected="amount",
        state="nothing loaded",
        then="mend it",
    )
    assert str(error).splitlines() == [
        "no such column 'amuont'",
        "where:    t.csv:3 [amuont]",
        "expected: amount",
        "state:    nothing loaded",
        "next:     mend it",
    ]


def test_unknown_fields_are_left_out():
    assert YourMistake("bad").render() == "bad"


def test_a_near_name_is_suggested_and_otherwise_the_known_ones_are_listed():
    assert did_you_mean("amuont", ["amount", "channel"]) == "did you mean 'amount'?"
    assert did_you_mean("zzz", ["b", "a"]) == "known names: a, b"
    assert did_you_mean("zzz", []) == "known names: (none)"
