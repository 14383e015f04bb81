"""Stitching gives every event the customer that the rule, told event by event, gives it: on each engine."""

from tests.insight.test_stitching import histories, oracle, owners


def test_stitching_keeps_to_its_rule(engine, examples):
    @examples(histories())
    def check(history):
        events, links, moment = history
        assert owners(engine, events, links, moment) == oracle(events, links, moment)

    check()
