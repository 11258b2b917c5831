"""Training runs as jobs.

Besides the files that every noun may have:

    runner  starts a run and waits for it, for the server and the command line
"""
