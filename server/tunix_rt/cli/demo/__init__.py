"""``tunix-rt demo``: the whole loop on small sums, against a server that the command starts."""
