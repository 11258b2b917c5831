"""Exports as jobs.

In addition to the usual files of a kind of job:

    performing one attempt, with the database or without it
"""
