"""``tunix-rt import``."""
