"""The fast core's loops, compiled by Numba: events in, matches out, all state in flat arrays of 64-bit words."""
