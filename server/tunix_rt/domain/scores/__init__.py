"""Scores: append-only rows, the newest of each scorer found by an index.

Besides the files that every noun may have:

    draft  a score from outside, validated before it is stored
"""
