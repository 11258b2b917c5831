"""Saved views in the schema."""
