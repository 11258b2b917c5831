"""Jobs: the ledger as mutations write it.

ledger  inserts, cancels and retries jobs
counts  counts of jobs, for health and metrics
"""
