"""Whether a rule is too wide to be activated: it would match a larger share of customers than its file allows."""

from __future__ import annotations

from liuke.act.triggers.ruleset import Rule
from liuke.errors import YourMistake, coded


def check_reach(rule: Rule, people: int, customers: int) -> None:
    """Raises YourMistake when `people` of so many customers matched in a replay and the rule does not confirm that.

    people: RuleCounters.people of a replay over history. customers: those whose events were read, or the bank's.
    """
    spec = rule.spec
    if spec.confirmed or customers <= 0 or people <= spec.max_share * customers:
        return
    raise YourMistake(
        coded(
            "rule_too_wide",
            "rule '{rule}' would have matched {people} of {customers} customers ({share}), more than its {most}",
            rule=rule.code,
            people=f"{people:,}",
            customers=f"{customers:,}",
            share=f"{people / customers:.1%}",
            most=f"{spec.max_share:.1%}",
        ),
        state="the rule is not active",
        then="narrow its condition, raise max_share, or write  confirmed: true  if everybody is meant",
    )
