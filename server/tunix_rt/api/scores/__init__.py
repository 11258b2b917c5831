"""Scores in the schema.

In addition to the files that every noun may have:

    deletion      `deleteScores`
    scorer_names  names of scorers and thresholds in arguments that read scores
"""
