"""Training runs as jobs.

In addition to the usual files of a kind of job:

    runner  starts a run and waits for it, for the server and the command line
"""
