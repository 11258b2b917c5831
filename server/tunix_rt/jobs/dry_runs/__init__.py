"""Dry runs as jobs: everything is checked and counted, nothing is trained.

Besides the files that every noun may have:

    check     the check itself
    counting  counts records and tokens as training would see them
"""
