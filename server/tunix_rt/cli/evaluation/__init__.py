"""``tunix-rt evaluate`` and ``tunix-rt evaluation``."""
