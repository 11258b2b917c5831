"""Traces: immutable, stored whole, with derived columns for lists and filters.

In addition to the files that every noun may have:

    trace          a trace, its limits and its derived columns
    validation     the errors of a trace that is not stored yet
    selection      selections of stored traces, read page by page
    prepared       validated traces by columns, ready to be stored
    search_bodies  the words of a trace, in the form for an index
    search_index   the full-text index of both databases
    origins        the models that have generated traces
    given_origins  origins as external runs report them, and their limits
    references     references to stored traces: by id, content hash, or source and external id
    given_scores   many scores of stored traces at once
    suggestions    metadata paths in use, for filters
    distributions  histograms and counts over traces
    affected       `expectedCount` and `dryRun` of mutations that take a `where`
"""
