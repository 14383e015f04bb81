"""What customers do over time: who did what when, asked of any fact table, as funnels, retention and paths ask it."""
