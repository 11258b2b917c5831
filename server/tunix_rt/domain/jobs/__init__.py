"""The ledger of jobs, as users write in it."""
