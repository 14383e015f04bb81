"""Whom a treatment helps: models of individual effects, learned and judged on people whose treatment was drawn by lot.

`track/uplift.py` measures segments named in advance; here the groups are found, so everything is judged on people the
model has not seen. `docs/uplift.md` says how each figure is made.
"""
