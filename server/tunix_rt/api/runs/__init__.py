"""Training runs in the schema."""
