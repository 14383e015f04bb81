"""Promises, measured against named peers in the same run. `make bench [NAME=load]`."""
