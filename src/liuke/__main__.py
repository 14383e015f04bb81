"""`python -m liuke` is the `liuke` command."""

from liuke.cli import main

main()
