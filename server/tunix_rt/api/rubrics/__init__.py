"""Rubrics in the schema."""
