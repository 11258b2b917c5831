"""``tunix-rt key``: API keys."""
