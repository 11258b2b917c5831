"""``tunix-rt storage``: removes files that no job has."""
