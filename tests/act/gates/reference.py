"""The gates again, slow and obvious: plain rows of one customer and plain dates. Defines what the fast ones mean."""

from datetime import date, timedelta
from typing import Any

from liuke.act.contact_policy import ContactPolicy, Planned

Row = dict[str, Any]
Told = tuple[str, str, str | None, date | None]
"""Gate, rule, fact, date it may change."""
HOLDS = ("deceased", "minor", "dispute", "fraud")


def stops(
    candidate: Row, bank: dict[str, list[Row]], offer: Row | None, policy: ContactPolicy, planned: Planned, day: date
) -> list[Told]:
    """Every rule that stops the candidate, in order. bank: what was known as of `day`, of all customers."""
    who = candidate["customer_id"]
    mine = {name: [r for r in rows if r["customer_id"] == who] for name, rows in bank.items()}
    person = mine["customer"][0] if mine.get("customer") else None
    if person and person["closed_on"] and person["closed_on"] <= day:
        person = None
    facts = mine if person else {}
    return [
        *_asked_before(candidate),
        *_consent(candidate, facts.get("consent", []), offer, policy, planned.day),
        *_refusal(candidate, facts, policy, planned.day),
        *_hold(candidate, person, facts, policy, planned.day, day),
        *_suitability(candidate, person, policy, planned.day, day),
        *_frequency(candidate, facts.get("contact", []), policy, planned.day, day),
        *_window(candidate, policy, planned),
        *_offer(candidate, offer, planned.day),
    ]


def _asked_before(c: Row) -> list[Told]:
    found: list[Told] = []
    if not c["eligible"]:
        found.append(("eligibility", "not_eligible", c["unmet"], None))
    if not c["applicable"]:
        found.append(("applicability", "not_applicable", c["unmet"], None))
    return found


def _newest(rows: list[Row], purpose: str | None, channels: tuple[str, ...]) -> Row | None:
    of = [r for r in rows if r["purpose"] == purpose and r["channel"] in channels]
    return max(of, key=lambda r: (r["effective_at"], not r["granted"]), default=None)


def _consent(c: Row, rows: list[Row], offer: Row | None, policy: ContactPolicy, today: date) -> list[Told]:
    found: list[Told] = []
    marketing = c["message_class"] == "marketing"
    choice = _newest(rows, c["purpose"], ("all", c["channel"])) if c["purpose"] else None
    for rule, purpose in (("automated_off", "automated_decision"), ("personalisation_off", "personalisation")):
        said = _newest(rows, purpose, ("all",))
        if said and not said["granted"] and (marketing or rule == "automated_off"):
            found.append(("consent", rule, str(said["business_date"]), None))
    if not marketing and offer and offer["carries_offer"]:
        found.append(("consent", "service_with_offer", c["offer_id"], None))
    if c["treatment"] == "ask_consent" and choice and not choice["granted"]:
        found.append(("consent", "asked_and_refused", str(choice["business_date"]), None))
    if not marketing:
        return found
    if choice is None:
        return [*found, ("consent", "no_consent", c["purpose"], None)]
    if not choice["granted"]:
        return [*found, ("consent", "consent_refused", str(choice["business_date"]), None)]
    kept = policy.consent_versions.get(c["purpose"])
    if kept is not None and choice["version"] not in kept:
        found.append(("consent", "consent_outdated", choice["version"], None))
    if policy.consent_valid_days is not None:
        over = choice["business_date"] + timedelta(policy.consent_valid_days)
        if over <= today:
            found.append(("consent", "consent_expired", str(over), None))
    return found


def _refusal(c: Row, facts: dict[str, list[Row]], policy: ContactPolicy, today: date) -> list[Told]:
    refused = [r for r in facts.get("contact", []) if r["result"] == "refused"]
    if c["message_class"] != "marketing" or not refused:
        return []
    found: list[Told] = []
    consents = facts.get("consent", [])
    here = max((r["business_date"] for r in refused if r["channel"] == c["channel"]), default=None)
    own = _newest(consents, c["purpose"], (c["channel"],))
    if here and not (own and own["granted"] and own["business_date"] > here):
        found.append(("refusal", "channel_refused", str(here), None))
    last = max(r["business_date"] for r in refused)
    choice = _newest(consents, c["purpose"], ("all", c["channel"]))
    if not (choice and choice["granted"] and choice["business_date"] > last):
        found.append(("refusal", "no_fresh_consent", str(last), None))
    over = last + timedelta(policy.refusal_cool_down_days)
    if today < over:
        found.append(("refusal", "after_refusal", str(last), over))
    return found


def _hold(
    c: Row, person: Row | None, facts: dict[str, list[Row]], policy: ContactPolicy, today: date, day: date
) -> list[Told]:
    if person is None:
        return [("hold", "unknown_customer", None, None)]
    found: list[Told] = []
    marketing = c["message_class"] == "marketing"
    for kind in HOLDS:
        rows = [r for r in facts.get("hold", []) if r["kind"] == kind and not (r["until"] and r["until"] < day)]
        if not rows or kind not in (policy.holds if marketing else policy.service_holds):
            continue
        until = None if any(r["until"] is None for r in rows) else max(r["until"] for r in rows)
        if until is None or until >= today:
            found.append(("hold", kind, str(min(r["since"] for r in rows)), until and until + timedelta(1)))
    for rule, years in (("under_14", 14), ("under_age", policy.minimum_age_years)):
        if person["birth_date"] and today < _birthday(person["birth_date"], years):
            found.append(("hold", rule, None, _birthday(person["birth_date"], years)))
    complaints = facts.get("complaint", [])
    if marketing and complaints:
        open_ = [r for r in complaints if not (r["resolved_on"] and r["resolved_on"] <= day)]
        if open_:
            found.append(("hold", "open_complaint", str(min(r["business_date"] for r in open_)), None))
        ends = [r["resolved_on"] for r in complaints if r not in open_]
        last = max([r["business_date"] for r in complaints] + ends)
        over = last + timedelta(policy.complaint_quiet_days)
        if today < over:
            found.append(("hold", "after_complaint", str(last), over))
    return found


def _birthday(born: date, years: int) -> date:
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def _suitability(c: Row, person: Row | None, policy: ContactPolicy, today: date, day: date) -> list[Told]:
    if c["offered_risk"] is None:
        return []
    assessed = person["risk_assessed_on"] if person else None
    grade = person["risk_appetite"] if person else None
    if assessed is None or assessed > day:
        assessed = grade = None
    found: list[Told] = []
    if assessed is None or grade is None:
        found.append(("suitability", "not_assessed", None, None))
    if assessed:
        over = assessed + timedelta(policy.suitability_valid_days)
        if over <= today:
            found.append(("suitability", "assessment_expired", str(over), None))
    if grade and c["offered_risk"] > int(grade[1]):
        found.append(("suitability", "too_risky", f"R{c['offered_risk']}>{grade}", None))
    return found


def _frequency(c: Row, contacts: list[Row], policy: ContactPolicy, today: date, day: date) -> list[Told]:
    if c["message_class"] != "marketing":
        return []
    days = sorted(
        (r["business_date"] for r in contacts if _is_marketing(r) and r["business_date"] > day - timedelta(90)),
        reverse=True,
    )
    found: list[Told] = []
    for cap in policy.caps:
        said = f"{cap.contacts}/{cap.days}"
        if cap.contacts == 0:
            found.append(("frequency", f"cap_{cap.days}", said, None))
        elif len([d for d in days if d > today - timedelta(cap.days)]) >= cap.contacts:
            over = days[cap.contacts - 1] + timedelta(cap.days)
            found.append(("frequency", f"cap_{cap.days}", said, over))
    return found


def _is_marketing(row: Row) -> bool:
    if row["message_class"] is None:
        return row["loop_id"] is None
    return bool(row["message_class"] == "marketing")


def _window(c: Row, policy: ContactPolicy, planned: Planned) -> list[Told]:
    if c["message_class"] != "marketing" or c["channel"] not in planned.opens:
        return []
    hours = policy.window_of(c["channel"])
    said = f"{hours.opens:%H:%M}–{hours.closes:%H:%M}"
    return [("window", "outside_window", said, planned.opens[c["channel"]])]


def _offer(c: Row, offer: Row | None, today: date) -> list[Told]:
    if c["offer_id"] is None:
        return []
    if offer is None:
        return [("approval", "unknown_offer", c["offer_id"], None)]
    found: list[Told] = []
    if offer["wording_fact"]:
        found.append(("wording", "wording", offer["wording_fact"], None))
    if offer["price_fact"]:
        found.append(("approval", "price_by_score", offer["price_fact"], None))
    if offer["approval_fact"]:
        found.append(("approval", "not_approved", offer["approval_fact"], None))
    if today < offer["valid_from"]:
        found.append(("approval", "not_yet_valid", str(offer["valid_from"]), offer["valid_from"]))
    if today > offer["valid_to"]:
        found.append(("approval", "no_longer_valid", str(offer["valid_to"]), None))
    return found
