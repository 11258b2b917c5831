"""Attempts over HTTP: processes without the database perform each with its token.

token      the endpoints that an attempt's token opens
reports    the run of an attempt, its lease, events and outcome
files      its datasets, checkpoints and artifacts
exports    an export: its rows, its file and its outcome
rollouts   the rewards of its rollouts
"""
