"""Exports: files of traces in a format and a container.

In addition to the files that every noun may have:

    rows           what an export reads: pages of traces and groups, from the database or over HTTP
    records        the records of an export as pages of lines, whatever their format
    sources        the members, traces or filter that an export reads
    packed_pages   pages that the database joins into one text
    reading        walks a source page by page
    formats        records, one format a file
    scored_formats records with scores or of several traces, one format a file
    export_shapes  the fields of a format's records
    option_checks  validation: which options a format and a container support
    grouping       walks the groups of a source
    trace_scores   the latest scores of a page of traces
    containers     files, one container a file
    files          paths of export files
    reuse          finds an equal export that is COMPLETED
    dataset_file   a dataset's members as a training file
    pairs_file     the preference pairs among a dataset's members as a training file
"""
