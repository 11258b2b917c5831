"""Scores: append-only rows, with an index for the latest score of each scorer.

In addition to the files that every noun may have:

    draft  a score from outside, validated before it is stored
"""
