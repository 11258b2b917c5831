"""The `where` inputs of every noun, and their conversion to predicates."""
