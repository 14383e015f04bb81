"""The experiment registry: what a bank wants to know, written down before, read as written, judged in plain words."""
