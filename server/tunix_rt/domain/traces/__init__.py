"""Traces: what one is, how traces are stored, selected, searched and deleted."""
