"""Metadata in filters: which values a path has, with an index on each database."""
