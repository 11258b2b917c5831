"""Imports: from a stream of bytes to stored traces, in bounded memory.

Besides the files that every noun may have:

    importing     batches of records into the database
    line_imports  imports of JSON records
    lines         lines of a stream, plain or gzip
    elements      elements of a JSON array
    records       lines or elements, by the first byte
    formats       JSON records, one format a file
    reading       what several formats share
    tables        CSV and Parquet rows
"""
