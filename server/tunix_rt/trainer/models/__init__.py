"""Model families, where a model comes from, and its weights."""
