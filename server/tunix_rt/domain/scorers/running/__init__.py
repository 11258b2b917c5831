"""Runs scorers on traces: in threads, or in processes that are killed after a deadline."""
