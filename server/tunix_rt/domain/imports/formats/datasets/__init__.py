"""Formats of published data sets of problems and solutions."""
