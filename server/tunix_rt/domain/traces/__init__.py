"""Traces: immutable, stored whole, with derived columns for lists and filters.

In addition to the files that every noun may have:

    trace         a trace, its limits and its derived columns
    selection     selections of stored traces, read page by page
    search_index  the full-text index of both databases
    affected      `expectedCount` and `dryRun` of mutations that take a `where`
"""
