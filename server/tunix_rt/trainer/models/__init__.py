"""Model families, the origins of base models, and their weights."""
