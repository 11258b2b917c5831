"""Predicates, their compilation to SQL, and the fields by which each noun can be filtered."""
