"""The transfer from the original tunix-rt: traces, scores and runs of its database, and datasets of its folder.

``source`` and ``manifests`` read both without changing them, ``rows`` converts rows, ``transfer`` and ``datasets``
store them.
"""
