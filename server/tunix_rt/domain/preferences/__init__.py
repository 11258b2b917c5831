"""Preferences: pairs of a better and a worse answer to one prompt.

pairs  the rule that finds the pairs of a group by their scores
"""
