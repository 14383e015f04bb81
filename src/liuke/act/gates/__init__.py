"""The gates 关卡 that a candidate has to pass before anybody is approached; docs/offers.md says what they mean.

facts = contact_facts(tables, asked(offers))          what is known of each customer   (ir.Table)
sheet = offer_sheet(engine, offers)                   what is known of each offer      (ir.Table)
judged(candidates, facts, sheet, policy, moment)      the first gate that stops each   (ir.Table)

moment stop                     when a contact would be; what a gate finds
consent refusal hold suitability frequency window wording approval      one gate each
facts sheet chain               what they look at; all of them in order
one_customer                    the same, compiled once, for a customer at a time
sentences                       what a rule found, in words
"""

from __future__ import annotations
