"""Retention 留存: of those who did something, how many do it again, period after period; its mirror is churn."""
