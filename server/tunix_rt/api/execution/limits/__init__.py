"""Limits on the work of an operation: its document, the filters in its variables, and its answer."""
