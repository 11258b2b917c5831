"""Attempts without the database: their processes speak to a server over HTTP.

client   requests with the token of an attempt, and their errors
storage  the storage behind the server
ledger   the ledger behind the server
process  the process of one attempt at a run
generation  the process of one attempt at a generation
export  the process of one attempt at an export
dry_run  the process of a dry run
worker   claims attempts, and starts their processes
"""
