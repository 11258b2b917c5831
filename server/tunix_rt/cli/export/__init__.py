"""``tunix-rt export``: writes datasets to files, and starts, lists and downloads exports."""
