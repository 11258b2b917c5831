"""Evaluations: candidates compared on the prompts of a dataset by one scorer.

In addition to the files that every noun may have:

    draft         the request, and its limits
    generating    generations that are started for candidates
    answers       the answers of candidates to the prompts, and their scores
    aligned       the prompts of a pair with both answers
    leaderboard   the candidates of all evaluations of a dataset
    resampling    bootstrap intervals and permutation tests, vectorized; needs numpy
    significance  exact tests, correction for many pairs, power; plain Python
    ranks         groups of candidates that do not differ significantly
    statistics    the statistics of an evaluation from its scores; needs numpy
    results       the statistics as rows; needs numpy

What needs numpy is imported by processes of jobs alone.
"""
