"""Jobs: the ledger, as mutations and workers use it.

In addition to the files that every noun may have:

    ledger     inserts, cancels, retries and deletes jobs
    queue      claims jobs, renews their leases and records their outcomes
    histories  the events of jobs, appended with each change
    datasets   conditions for completed datasets
    counts     counts of jobs, for health and metrics
    limits     the limit on the unfinished jobs of one client
    labels     the labels that runs require of their workers
    workers    registered workers, and which of them are alive
    engines    the engines of runs, and whether they can be reached
    resources  the resources that an engine reserves for an attempt
"""
