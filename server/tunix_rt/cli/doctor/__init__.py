"""``tunix-rt doctor``: checks the environment, the data folder or server, and its jobs."""
