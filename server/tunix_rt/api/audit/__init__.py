"""The audit log in the schema.

Modules beyond the usual ones of a noun:

    filters  `where` of lists of audit events
"""
