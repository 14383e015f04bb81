"""Routing 派单: whose desk an order lies on, from what it needs and who is there. Pure; loaded and stored by state."""
