"""Within the day 实时: accepted events → trigger rules → gates and hold-out → work orders, and events into the lake."""
