"""Evaluations: candidates compared on the prompts of a dataset by one scorer.

In addition to the files that every noun may have:

    resampling    bootstrap intervals and permutation tests, vectorized; needs numpy
    significance  exact tests, correction for many pairs, power; plain Python
    standings     groups of candidates that do not differ significantly
    statistics    the statistics of an evaluation from its scores; needs numpy

What needs numpy is imported by processes of jobs alone.
"""
