"""The whole day's batch, idempotent."""
