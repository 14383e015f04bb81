"""Liuke 留客: the platform with which a bank keeps its customers."""

__version__ = "0.1.0"
