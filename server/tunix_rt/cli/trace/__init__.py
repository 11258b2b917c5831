"""``tunix-rt trace``: lists, searches, shows and deletes traces."""
