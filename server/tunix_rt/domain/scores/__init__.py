"""Scores: rows that never change, with an index for the latest score of each scorer.

In addition to the files that every noun may have:

    agreement  the confusion table and the disagreements of two scorers
    deletion   scores that people gave by mistake
    draft      a score from outside, validated before it is stored
"""
