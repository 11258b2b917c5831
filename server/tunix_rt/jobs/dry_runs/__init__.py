"""Dry runs as jobs: all inputs of a training are checked and counted, and no model is trained.

In addition to the usual files of a kind of job:

    base        what is checked, and the interface of its inputs
    inputs      the inputs, from the database
    check       the check itself
    performing  performs a check while its run is held
    counting    counts records and tokens as training would use them
"""
