"""Scores in the schema."""
