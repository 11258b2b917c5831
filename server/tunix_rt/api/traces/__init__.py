"""Traces in the schema.

comparison  `compareTraces`: two traces side by side
ungar       `generateUngarTraces`: traces of card games
"""
