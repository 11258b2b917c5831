"""Dry runs: the kind, the check and the counting of tokens."""
