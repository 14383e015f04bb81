"""Sections of the benchmark churn_public, one file per data set."""
