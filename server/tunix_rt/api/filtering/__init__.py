"""The `where` inputs of every noun, and how they are read into predicates."""
