"""Traces in the schema.

Besides the files that every noun may have:

    comparison  `compareTraces`: two traces side by side
    ungar       `generateUngarTraces`: traces of card games
"""
