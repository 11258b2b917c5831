"""Datasets in the schema."""
