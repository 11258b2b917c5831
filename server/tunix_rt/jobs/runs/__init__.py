"""Training runs as jobs."""
