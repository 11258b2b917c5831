"""Jobs: the ledger as mutations write it.

Besides the files that every noun may have:

    ledger  inserts, cancels and retries jobs
    datasets  which datasets are completed
    counts  counts of jobs, for health and metrics
"""
