"""``tunix-rt run``: training runs from the command line."""
