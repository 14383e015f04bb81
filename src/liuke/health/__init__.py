"""Health 运行状况: whether the platform does its work, what looks wrong, and numbers for a monitoring system."""
