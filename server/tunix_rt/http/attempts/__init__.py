"""Attempts over HTTP: processes without the database perform each with its token.

token      the endpoints that an attempt's token opens
reports    the run of an attempt, its lease, events and outcome
files      its datasets, checkpoints and artifacts
rollouts   the rewards of its rollouts
"""
