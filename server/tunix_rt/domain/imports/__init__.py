"""Imports: from a stream of bytes to stored traces, in bounded memory.

In addition to the files that every noun may have:

    storing              stores batches of records
    batch_writer         stores one batch while the next one is read
    importing            the source and the report of an import
    preparing            reads and checks a batch, and splits it into words
    preparation          lets a thread or a second process do that
    preparation_process  the second process
    line_imports         the source of JSON records
    detection            detects the format of a file
    score_lines          imports scores of stored traces
    lines                splits a stream into lines, plain or gzip
    elements             splits a JSON array into elements
    records              chooses lines or elements, by the first byte
    formats              parse JSON records, one format a file
    reading              code shared by several formats
    tables               parse rows of CSV and Parquet
"""
