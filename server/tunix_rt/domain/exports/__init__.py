"""Exports: files of traces in a format and a container.

In addition to the files that every noun may have:

    sources       the members, traces or filter that an export reads
    packed_pages  pages that the database joins into one text
    reading       walks a source page by page
    formats       records, one format a file
    containers    files, one container a file
    files         paths of export files
    reuse         finds an equal export that is COMPLETED
    dataset_file  a dataset's members as a training file
    pairs_file    the preference pairs among a dataset's members as a training file
"""
