"""Replays: what each attempt at a run ran with, and the comparison of runs that repeat others.

receipts  what an attempt ran with, and the hashes of its weights
replays   runs that repeat another run
"""
