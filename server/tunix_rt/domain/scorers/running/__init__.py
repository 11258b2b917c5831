"""Runs scorers on traces: in threads, or in processes that are stopped after a deadline."""
