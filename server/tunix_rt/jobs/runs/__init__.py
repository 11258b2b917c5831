"""Training runs as jobs.

runner  starts a run and waits for it, for the server and the command line
"""
