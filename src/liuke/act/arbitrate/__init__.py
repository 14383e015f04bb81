"""Arbitration: of all that could be done for a customer, the one thing that is; of all customers, those the desks have
time for.

    value.py      what each candidate is expected to bring, and whether it may compete
    explore.py    a few customers whose treatment is drawn, so that effects can be learned
    desks.py      the best set of orders per desk under its capacity (knapsack.py: one desk, exactly)
    channels.py   the best set of messages per channel under its daily budget, and the price of a place in it
    arbitrate.py  the whole: candidates in, every candidate's fate out
    one.py        one customer at once, at the morning's prices
    explain.py    a customer's fates in words
"""
