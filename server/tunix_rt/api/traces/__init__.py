"""Traces in the schema."""
