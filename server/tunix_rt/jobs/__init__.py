"""Background jobs: the queue in the ledger, the worker that starts processes, and the programs that they run."""
