"""``tunix-rt dataset``: creates, lists, shows, splits, verifies, compares and deletes datasets."""
