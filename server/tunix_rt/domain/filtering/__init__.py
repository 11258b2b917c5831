"""Predicates, the SQL they compile to, and the fields that each noun can be filtered by."""
