"""The original tunix-rt: traces, scores and runs out of its database, which is only read.

``source`` reads it, ``rows`` says what each of its rows is here, ``transfer`` brings them over.
"""
