"""Ways out of the house, one folder each, strangers to one another. To add one: copy one, name it in catalogue.py."""
