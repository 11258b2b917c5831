"""``tunix-rt score``: scores traces, lists, imports and deletes scores."""
