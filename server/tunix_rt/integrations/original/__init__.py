"""The original tunix-rt: traces, scores and runs out of its database, datasets out of its folder; both are only read.

``source`` and ``manifests`` read them, ``rows`` says what each of its rows is here, ``transfer`` and ``datasets`` bring
them over.
"""
