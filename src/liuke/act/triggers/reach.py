"""Whether a rule is too wide to be activated: it would match a larger share of customers than its file allows."""

from __future__ import annotations

from liuke.act.triggers.ruleset import Rule
from liuke.errors import YourMistake, coded


def is_too_wide(rule: Rule, people: int, customers: int) -> bool:
    """Whether `people` matched are more of so many customers than the rule allows and does not confirm."""
    return not rule.spec.confirmed and people > rule.spec.max_share * customers


def check_reach(rule: Rule, people: int, customers: int) -> None:
    """Raises YourMistake when `people` of so many customers matched in a replay and the rule does not confirm that.

    people: RuleCounters.people of a replay over history. customers: those whose events were read, or the bank's.
    """
    if customers <= 0 or not is_too_wide(rule, people, customers):
        return
    spec = rule.spec
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
