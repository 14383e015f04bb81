"""Rhythm 节奏: how often, on how many days, at which hours customers do something, and how sticky it is.

The hours at which one customer is best reached stand in `insight/profile/hours.py`.
"""
