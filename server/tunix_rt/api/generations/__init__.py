"""Generations in the schema.

Modules beyond the usual ones of a noun:

    events  events of a generation
"""
