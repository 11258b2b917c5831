"""Dry runs as jobs: all inputs of a training are checked and counted, and no model is trained.

In addition to the usual files of a kind of job:

    check     the check itself
    counting  counts records and tokens as training would use them
"""
