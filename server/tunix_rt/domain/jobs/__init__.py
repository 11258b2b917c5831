"""Jobs: the mutations' side of the ledger.

In addition to the files that every noun may have:

    ledger     inserts, cancels, retries and deletes jobs
    histories  the events of jobs, appended with each change
    datasets   conditions for completed datasets
    counts     counts of jobs, for health and metrics
    limits     the limit on the unfinished jobs of one client
    workers    registered workers, and which of them are alive
"""
