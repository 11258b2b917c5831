"""Traces in the schema.

Besides the files that every noun may have:

    comparison  `compareTraces`: two traces side by side
    scoring     `scoreTraces`: scores by a scorer of the server
    ungar       `generateUngarTraces`: traces of card games
"""
