"""Scores: append-only rows, the newest of each scorer found by an index.

draft  a score from outside, validated before it is stored
"""
