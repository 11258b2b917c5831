"""API keys in the schema.

Modules beyond the usual ones of a noun:

    filters  `where` of lists of keys
    viewer   `viewer`: who the client is
"""
