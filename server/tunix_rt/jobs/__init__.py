"""Background jobs: the worker that starts processes, and the programs that they run."""
