"""Evaluations in the schema.

In addition to the files that every noun may have:

    events       the events of an evaluation
    candidates   candidates with their means
    pairs        comparisons of two candidates, and their aligned prompts
    guard        warnings about candidates that were trained on the evaluation data
    leaderboard  the candidates of all evaluations of a dataset
"""
