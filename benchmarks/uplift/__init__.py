"""Sections of the benchmark uplift_public, one file per data set."""
