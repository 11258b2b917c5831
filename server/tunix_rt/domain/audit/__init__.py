"""The audit log: who did what to which object, when and from where.

Modules beyond the usual ones of a noun:

    names      finds the names of the objects of events, as far as these still exist
    recording  adds events, in the transaction of what they report
"""
