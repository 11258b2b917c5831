"""The audit log: who did what to which object, when and from where.

Modules beyond the usual ones of a noun:

    recording  adds events, in the transaction of what they report
"""
