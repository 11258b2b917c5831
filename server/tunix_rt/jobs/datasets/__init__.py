"""The building of large datasets as jobs."""
