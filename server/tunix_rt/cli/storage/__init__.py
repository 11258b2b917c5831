"""``tunix-rt storage``: removes files that belong to no job."""
