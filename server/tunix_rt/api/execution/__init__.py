"""Execution of operations: cached documents, selections compiled to plans, the reference executor as fallback."""
